import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, StoreError } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { eventually, keysOf, raw } from './raw.js'

const names = Array.from({ length: 300 }, (_, i) => `k${i}`)
let servers: [Memcached, Memcached]
let cache: Cache
let errors: unknown[]
let unhandled: unknown[]
const noteUnhandled = (reason: unknown) => void unhandled.push(reason)

beforeEach(async () => {
  servers = await Promise.all([startMemcached(), startMemcached()])
  cache = open()
  errors = []
  unhandled = []
  cache.on('error', ({ error }) => errors.push(error))
  process.on('unhandledRejection', noteUnhandled)
})
afterEach(async () => {
  await cache.close()
  await Promise.all(servers.map((server) => server.stop()))
  process.off('unhandledRejection', noteUnhandled)
  expect(unhandled).toEqual([])
})

function open(): Cache {
  const store = memcachedStore(
    servers.map(({ server }) => server),
    { timeoutMs: 1500 },
  )
  return createCaches({ default: { store } }).get('default')
}

/** The keys of the cache that a server has. */
async function shareOf({ server }: Memcached): Promise<string[]> {
  const all = await keysOf(server)
  return all.filter((key) => key.startsWith(':1:k')).map((key) => key.slice(3))
}

async function hits(): Promise<string[]> {
  const found: string[] = []
  for (const name of names) if ((await cache.get(name)) !== undefined) found.push(name)
  return found
}

const setAll = async (value: unknown, from = cache) => {
  for (const name of names) await from.set(name, value, null)
}

/** An empty one in the place of one that was killed. */
async function restart(killed: Memcached): Promise<Memcached> {
  await killed.stop()
  return startMemcached({ port: killed.port })
}

describe('a pool of two', () => {
  it('shares the keys', async () => {
    await setAll(1)
    const [one, two] = await Promise.all(servers.map(shareOf))
    expect([...(one ?? []), ...(two ?? [])].sort()).toEqual([...names].sort())
    for (const share of [one, two]) expect(share?.length).toBeGreaterThan(75)
    expect((await cache.getMany(names)).size).toBe(300)
  })

  it('of which one is killed loses its share only, and goes on without it', async () => {
    await setAll(1)
    const kept = await shareOf(servers[0])
    await servers[1].kill()
    expect((await hits()).sort()).toEqual(kept.sort())
    // Told, and not by each request.
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.length).toBeLessThan(5)
    expect(String(errors[0])).toContain(servers[1].server)
    await setAll(2)
    expect((await cache.getMany(names)).size).toBe(300)
    expect(await cache.add('another', 1)).toBe(true)
    expect(await cache.incr('another')).toBe(2)
    expect(errors.length).toBeLessThan(5)
  })

  it('of which one is killed under load fails few requests and none for long', async () => {
    await setAll(1)
    let longest = 0
    let running = true
    const load = Array.from({ length: 20 }, async (_, i) => {
      for (let n = i; running; n += 1) {
        const elapsed = stopwatch()
        await cache.get(names[n % 300] ?? '')
        longest = Math.max(longest, elapsed())
        if (n % 5 === 0) await cache.set(names[n % 300] ?? '', n)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    await servers[1].kill()
    await setAll(2)
    running = false
    await Promise.all(load)
    expect(longest).toBeLessThan(4000)
    expect(errors.length).toBeLessThan(20)
    expect(await cache.stats()).toMatchObject({ circuit: 'closed' })
  })

  it('takes a restarted server back by itself', async () => {
    await setAll(1)
    await servers[1].kill()
    await setAll(2)
    servers[1] = await restart(servers[1])
    await eventually(async () => {
      await setAll(3)
      return (await shareOf(servers[1])).length > 75
    })
    // What was set elsewhere a moment before it was back is gone.
    await setAll(3)
    expect((await cache.getMany(names)).size).toBe(300)
    expect(await cache.stats()).toMatchObject({ circuit: 'closed' })
  })

  it('of which both are killed is misses at once, and used again when they are back', async () => {
    await setAll(1)
    await Promise.all(servers.map((server) => server.kill()))
    await hits()
    const elapsed = stopwatch()
    expect(await hits()).toEqual([])
    expect(elapsed()).toBeLessThan(2000)
    servers = [await restart(servers[0]), await restart(servers[1])]
    await eventually(async () => {
      await setAll(2)
      return (await cache.getMany(names)).size === 300
    })
  })
})

describe('a server that was cut off and comes back with what it had', () => {
  it('does not answer with what was deleted or replaced meanwhile', async () => {
    await setAll('old')
    const share = await shareOf(servers[1])
    servers[1].pause()
    await eventually(async () => {
      await setAll('new')
      return (await cache.getMany(names)).size === 300
    })
    const deleted = share.slice(0, 20)
    for (const name of deleted) await cache.delete(name)
    servers[1].resume()
    await eventually(async () => {
      const values = await cache.getMany<string>(names)
      expect([...values.values()]).not.toContain('old')
      for (const name of deleted) expect(values.has(name)).toBe(false)
      await cache.set(share[30] ?? '', 'newest')
      return (await raw(servers[1].server, `get :1:${share[30]}`)).includes('newest')
    })
    // The server that stood in for it has nothing either that could come up when it does so again.
    await eventually(async () => (await shareOf(servers[0])).every((name) => !share.includes(name)))
    for (const name of deleted) expect(await cache.get(name)).toBeUndefined()
  })

  it('does not answer with what was cleared meanwhile', async () => {
    await setAll('old')
    const share = await shareOf(servers[1])
    servers[1].pause()
    // It says that a server could not be told, and tells it when it comes back.
    await expect(cache.clear()).rejects.toThrow(StoreError)
    expect(errors.length).toBeGreaterThan(0)
    expect(await hits()).toEqual([])
    servers[1].resume()
    await eventually(async () => {
      expect([...(await cache.getMany<string>(names)).values()]).not.toContain('old')
      await cache.set(share[0] ?? '', 'new')
      return (await raw(servers[1].server, `get :1:${share[0]}`)).includes('new')
    })
    for (const name of share.slice(1)) expect(await cache.get(name)).toBeUndefined()
  })

  it('answers with what was not changed', async () => {
    await setAll('old')
    const share = await shareOf(servers[1])
    servers[1].pause()
    const found = await hits()
    expect(found.length).toBeGreaterThan(75)
    expect(found.length).toBeLessThan(225)
    servers[1].resume()
    await eventually(async () => (await cache.get(share[0] ?? '')) === 'old')
    await eventually(async () => (await hits()).length === 300)
  })
})
