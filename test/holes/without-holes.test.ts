import { describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { Page } from '@sitecache/http'
import { ByteStore } from '@sitecache/test-support/byte-store'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'

describe('a process that defines no holes', () => {
  it('leaves those of a page that another process stored empty, and tells no cache that it is everybody’s', async () => {
    const store = new ByteStore()
    const cache = createCaches({ default: { store } }).get('default')
    const { app } = site((_req, res) => res.set('Cache-Control', 'public, max-age=60').send('<p></p>'), {
      cache,
    })
    expect((await request(app).get('/')).headers['cache-control']).toBe('public, max-age=60')
    const errors: unknown[] = []
    cache.on('error', ({ error }) => errors.push(error))
    for (const [key, { bytes, expires }] of store.entries) {
      const page = Page.decode(bytes)
      if (page === undefined) continue
      const holed = new Page({ ...page, tags: page.tags, holes: '3 greeting' })
      store.entries.set(key, { bytes: Buffer.concat(holed.encode()), expires })
    }
    const { text, headers } = await request(app).get('/')
    expect([text, headers['cache-control'], headers.etag]).toEqual([
      '<p></p>',
      'private, no-cache',
      undefined,
    ])
    expect(headers['cache-status']).toMatch(/hit/)
    expect(String(errors[0])).toMatch(/hole 'greeting' is not defined in this process/)
  })
})
