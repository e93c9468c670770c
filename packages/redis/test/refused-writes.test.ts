import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { startRedis } from '@sitecache/test-support/servers/redis'

const server = await startRedis()
const undo: (() => unknown)[] = []
beforeEach(() => server.ask('FLUSHALL'))
afterEach(async () => {
  for (const run of undo.splice(0).reverse()) await run()
})
afterAll(() => server.stop())

function cacheOn(url: string, options = {}) {
  const caches = createCaches({ default: { store: redisStore(url, { timeoutMs: 5000, ...options }) } })
  undo.push(() => caches.close())
  const cache = caches.get('default')
  const errors: string[] = []
  cache.on('error', ({ error }) => errors.push(String(error)))
  return { cache, errors }
}

/** What is there stays a hit, however many writes are refused. */
async function expectHits(cache: Cache, errors: string[], reason: RegExp): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => cache.getOrSet(`new${round}-${i}`, () => i)))
    expect(await cache.get('hot')).toBe('v')
  }
  expect(errors[0]).toMatch(reason)
  expect(errors.at(-1)).toMatch(/redis store answers reads, but writes fail/)
}

describe('a Redis that refuses writes goes on answering reads', () => {
  it('when its memory is full (noeviction), and deletes free some', async () => {
    const { cache, errors } = cacheOn(server.url)
    await cache.set('hot', 'v')
    await cache.set('old', 'v')
    await server.ask('CONFIG', 'SET', 'maxmemory', '1')
    undo.push(() => server.ask('CONFIG', 'SET', 'maxmemory', '0'))
    await expectHits(cache, errors, /OOM.*raise that/)
    expect(await cache.delete('old')).toBe(true)
  })

  it('when it is a replica (READONLY)', async () => {
    const leader = await startRedis()
    undo.push(() => leader.stop())
    const { cache, errors } = cacheOn(server.url)
    await cache.set('hot', 'v')
    await server.ask('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
    // A leader that can't be reached: the replica keeps its data.
    await server.ask('REPLICAOF', '127.0.0.1', '1')
    undo.push(() => server.ask('REPLICAOF', 'NO', 'ONE'))
    await expectHits(cache, errors, /READONLY/)
  })

  it('when its user may not write (NOPERM)', async () => {
    await server.ask('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@read', '+@connection', '+info')
    undo.push(() => server.ask('ACL', 'DELUSER', 'reader'))
    await cacheOn(server.url).cache.set('hot', 'v')
    const { cache, errors } = cacheOn(server.url, { username: 'reader', password: 'pw' })
    await expectHits(cache, errors, /NOPERM/)
  })
})
