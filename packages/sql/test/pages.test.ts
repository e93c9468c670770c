import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { cachePage, invalidatePage } from '@sitecache/express'
import { sqlStore } from '@sitecache/sql'
import request from '@sitecache/test-support/request'
import express from 'express'
import { type Databases, kinds, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

/** A page is written when its visitor has it: the next may ask before it is there. */
async function hit(ask: () => Promise<string | undefined>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!/hit/.test(String(await ask())))
    if (Date.now() > deadline) throw new Error('no hit within 10 seconds')
}

describe.each(kinds)('pages on %s', (kind) => {
  it('are shared by two servers, purged for both, and rendered all the same when the table is gone', async () => {
    const { table } = await databases.store(kind)
    const errors: unknown[] = []
    const server = () => {
      const caches = createCaches({
        default: { store: sqlStore(databases.url(kind), { table, timeoutMs: 10_000 }) },
      })
      const cache = caches.get('default')
      cache.on('error', ({ error }) => errors.push(error))
      const app = express().get('/', cachePage(60, { cache }), (_req, res) => {
        res.send('page '.repeat(5000))
      })
      const ask = async () => {
        const response = await request(app).get('/').set('Host', 'shop.example')
        await caches.idle()
        expect([response.status, response.text.length]).toEqual([200, 25_000])
        return response.headers['cache-status']
      }
      return { caches, cache, ask }
    }
    const [one, two] = [server(), server()]
    expect(await one.ask()).toMatch(/fwd=uri-miss; stored/)
    await hit(two.ask)
    expect(await invalidatePage('http://shop.example/', { cache: one.cache })).toBe(true)
    expect(await two.ask()).toMatch(/fwd=.*stored/)
    await hit(one.ask)
    // Nothing failed so far.
    expect(errors).toEqual([])
    await databases.run(kind, `drop table ${table}`)
    for (let i = 0; i < 8; i += 1) expect(await one.ask()).not.toMatch(/hit/)
    expect((await one.cache.stats()).errors).toBeGreaterThan(7)
    await Promise.all([one.caches.close(), two.caches.close()])
  })
})
