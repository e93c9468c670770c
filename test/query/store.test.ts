import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, jest } from '@jest/globals'
import { createCaches, withSiteCache } from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { serve } from '@sitecache/test-support/serve'
import { ask, contentMethods, readAll } from './asking.js'

const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  res.end(`${req.method} "${await readAll(req)}"`)
}

describe.each(contentMethods)('%s, in a store elsewhere', (method) => {
  async function start(): Promise<{ store: ByteStore; url: string; hear(): Promise<unknown> }> {
    const store = new ByteStore()
    const cache = createCaches({ default: { store } }).get('default')
    const url = await serve(withSiteCache(answer, { cache, methods: [method] }))
    return { store, url, hear: () => cache.idle() }
  }

  it('is never mistaken for another content’s, nor for GET’s, by what the process remembers of their URL', async () => {
    const { url, hear } = await start()
    for (let round = 0; round < 3; round += 1) {
      for (const [how, content] of [
        [method, 'a'],
        ['GET', ''],
        [method, ''],
        [method, 'b'],
      ] as const) {
        const { body, cache } = await ask(url, how, '/', content)
        await hear()
        expect(body).toBe(`${how} "${content}"`)
        expect(cache).toMatch(round === 0 ? /stored/ : /; hit/)
      }
    }
  })

  it('costs a hit one round trip', async () => {
    const { store, url, hear } = await start()
    const getMany = jest.spyOn(store, 'getMany')
    for (let i = 0; i < 3; i += 1) {
      await ask(url, method, '/', 'a')
      await hear()
    }
    getMany.mockClear()
    const get = jest.spyOn(store, 'get')
    expect((await ask(url, method, '/', 'a')).cache).toMatch(/; hit/)
    // BaseStore reads many one by one: these are the five of one look-up.
    expect([getMany.mock.calls.length, get.mock.calls.length]).toEqual([1, 5])
  })

  it('is made anew where the store fails or holds garbage', async () => {
    const { store, url, hear } = await start()
    await ask(url, method, '/', 'a')
    await hear()
    for (const entry of store.entries.values()) entry.bytes.fill(7)
    expect((await ask(url, method, '/', 'a')).body).toBe(`${method} "a"`)
    store.failure = new Error('down')
    expect((await ask(url, method, '/', 'a')).body).toBe(`${method} "a"`)
  })
})
