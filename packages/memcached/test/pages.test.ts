import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { memcachedStore } from '@sitecache/memcached'
import request from '@sitecache/test-support/request'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import express from 'express'

let memcached: Memcached
beforeAll(async () => {
  memcached = await startMemcached()
})
afterAll(() => memcached.stop())

let caching = 0
const LARGE = 2 * 2 ** 20

/** Asks a site whose pages live in memcached for these, one after the other; answers what its cache counted. */
async function counts(server: string, paths: readonly string[], maxValueBytes: number) {
  const store = memcachedStore(server, { timeoutMs: 5000, maxValueBytes })
  caching += 1
  const caches = createCaches({ default: { store, keyPrefix: `pages${caching}` } })
  const cache = caches.get('default')
  const told: string[] = []
  cache.on('store', () => told.push('store'))
  cache.on('skip', ({ reason }) => told.push(String(reason)))
  const app = express().use(siteCache({ cache }))
  app.get('/small', (_req, res) => void res.send('x'))
  app.get('/large', (_req, res) => void res.send('x'.repeat(LARGE)))
  for (const path of paths) {
    expect((await request(app).get(path)).status).toBe(200)
    await caches.idle()
  }
  const { stores, skips, errors } = await cache.stats().catch(() => cache.meter.stats({}))
  await caches.close()
  return { told, stores, skips, errors }
}

describe('a page in memcached', () => {
  it.each([
    ['of the store', 2 ** 20 - 512],
    ['that only the server knows', LARGE * 2],
  ])('over the item limit %s is counted as skipped and not as stored', async (_, maxValueBytes) => {
    expect(await counts(memcached.server, ['/small', '/large', '/large'], maxValueBytes)).toEqual({
      told: ['store', 'too-large', 'too-large'],
      stores: 1,
      skips: { 'too-large': 2 },
      errors: 0,
    })
  })

  it('of a server that is not there is counted as an error and not as stored', async () => {
    const { told, stores, errors } = await counts('127.0.0.1:1', ['/small'], LARGE)
    expect([told, stores]).toEqual([[], 0])
    expect(errors).toBeGreaterThan(0)
  })
})
