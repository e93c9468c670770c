import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { type Cache, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { Load } from '@sitecache/test-support/load'
import { type RedisServer, until } from '@sitecache/test-support/servers/redis'
import { startCluster } from '@sitecache/test-support/servers/redis-cluster'
import { startSentinelSet } from '@sitecache/test-support/servers/redis-sentinel'
import { undoAll } from '@sitecache/test-support/undo'

jest.setTimeout(40_000)

/** What a request may lose to a failover, in milliseconds: a get and a set, each within `timeoutMs` of 250. */
const BOUND = 2000

const undo: (() => Promise<unknown>)[] = []
afterAll(async () => {
  await undoAll(undo)
})

function cacheOn(url: string): Cache {
  const cache = createCaches({ default: { store: redisStore(url) } }).get('default')
  undo.push(() => cache.close())
  return cache
}

/** A hundred keys: some of each master's. */
const keys = Array.from({ length: 100 }, (_, i) => `page:${i}`)

describe('a failover under steady load', () => {
  it.each<[string, (leader: RedisServer) => unknown]>([
    ['is killed', (leader) => leader.kill()],
    ['is paused', (leader) => leader.pause()],
  ])('of Sentinel, when the leader %s', async (_, breaks) => {
    const set = await startSentinelSet()
    undo.push(() => set.stop())
    const load = new Load(cacheOn(set.url), { keys })
    undo.push(() => load.stop())
    await load.hitsOnly()
    await breaks(set.leader)
    await until(() => load.tally.errors > 0)
    await until(async () => /role:master/.test(String(await set.replicas[0]?.ask('INFO', 'replication'))))
    await load.hitsOnly()
    await load.stop()
    expect(load.rejected).toBe(0)
    expect(load.slowest).toBeLessThan(BOUND)
    expect(await set.replicas[0]?.ask('EXISTS', ':1:page:1')).toBe(1)
  })

  it('of a Cluster, when a master is killed: the other masters’ keys are hits meanwhile', async () => {
    const cluster = await startCluster({ failsOver: true, args: ['--cluster-require-full-coverage', 'no'] })
    undo.push(() => cluster.stop())
    const cache = cacheOn(cluster.url)
    const load = new Load(cache, { keys, visitors: 8 })
    undo.push(() => load.stop())
    await load.hitsOnly()
    await cluster.masters[0]?.kill()
    await until(() => load.tally.errors > 0)
    const { hits } = load.take()
    await until(() => load.tally.hits > hits + 50)
    await until(async () => /role:master/.test(String(await cluster.replicas[0]?.ask('INFO', 'replication'))))
    await load.hitsOnly()
    await load.stop()
    expect(load.rejected).toBe(0)
    expect(load.slowest).toBeLessThan(BOUND)
    expect((await cache.getMany(keys)).size).toBe(keys.length)
  })

  it('of a Cluster, when slots move', async () => {
    const cluster = await startCluster()
    undo.push(() => cluster.stop())
    const cache = cacheOn(cluster.url)
    const load = new Load(cache, { keys })
    undo.push(() => load.stop())
    await load.hitsOnly()
    // One after the other: two elections at once may both fail, and are not soon repeated.
    for (const replica of cluster.replicas) {
      await replica.ask('CLUSTER', 'FAILOVER')
      await until(async () => /role:master/.test(String(await replica.ask('INFO', 'replication'))))
    }
    await load.hitsOnly()
    await load.stop()
    expect(load.rejected).toBe(0)
    const errors: string[] = []
    cache.on('error', ({ error }) => errors.push(String(error)))
    const found = (await cache.getMany(keys)).size
    const deleted = await cache.deleteMany(keys)
    expect({ found, deleted, errors }).toEqual({ found: keys.length, deleted: keys.length, errors: [] })
  })
})
