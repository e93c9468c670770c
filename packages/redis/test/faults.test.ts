import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type Cache, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { Load } from '@sitecache/test-support/load'
import { type Network, startNetwork } from '@sitecache/test-support/servers/network'
import { RedisServer, startRedis, until } from '@sitecache/test-support/servers/redis'
import { undoAll } from '@sitecache/test-support/undo'

jest.setTimeout(30_000)

/** What a request may lose to a store that fails, in milliseconds: a get and a set, each within `timeoutMs` of 250. */
const BOUND = 2000

const warnings: string[] = []
const note = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`)
beforeAll(() => void process.on('warning', note))
afterAll(() => void process.off('warning', note))

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await undoAll(undo)
  // Listeners that pile up while a server is down would show here.
  expect(warnings).toEqual([])
})

async function redis(args: readonly string[] = [], password?: string): Promise<RedisServer> {
  const server = await startRedis({ args, ...(password === undefined ? {} : { password }) })
  undo.push(() => server.stop())
  return server
}

async function networkTo(server: RedisServer): Promise<Network> {
  const network = await startNetwork(server.port)
  undo.push(() => network.close())
  return network
}

function cacheOn(url: string): Cache {
  const cache = createCaches({ default: { store: redisStore(url) } }).get('default')
  undo.push(() => cache.close())
  return cache
}

function loadOn(cache: Cache): Load {
  const load = new Load(cache)
  undo.push(() => load.stop())
  return load
}

/** Breaks what the load uses: it misses and says why, within its bound; mended, it hits again by itself. */
async function outlives(
  load: Load,
  { breaks, mends, says }: { breaks: () => unknown; mends: () => unknown; says: RegExp },
): Promise<void> {
  await load.hitsOnly()
  await breaks()
  load.take()
  await until(() => load.tally.misses > 50 && load.tally.errors > 50 && says.test(load.said))
  await mends()
  await load.hitsOnly()
  await load.stop()
  expect(load.rejected).toBe(0)
  expect(load.slowest).toBeLessThan(BOUND)
}

describe('a Redis server that fails is a miss, an error event and a count', () => {
  it('when it is killed and started again', async () => {
    const server = await redis()
    await outlives(loadOn(cacheOn(server.url)), {
      breaks: () => server.kill(),
      mends: () => server.start(),
      says: /Redis at 127\.0\.0\.1:\d+: .*ECONNREFUSED.*nothing listens there/,
    })
  })

  it('when it is not there yet', async () => {
    const server = await redis()
    await server.kill()
    const cache = cacheOn(server.url)
    let errors = 0
    cache.on('error', () => errors++)
    expect(await cache.get('page')).toBeUndefined()
    await cache.set('page', 1)
    expect(errors).toBe(2)
    await server.start()
    await until(async () => {
      await cache.set('page', 1)
      return (await cache.get('page')) === 1
    })
  })

  it('when it is paused', async () => {
    const server = await redis()
    await outlives(loadOn(cacheOn(server.url)), {
      breaks: () => server.pause(),
      mends: () => server.resume(),
      says: /did not answer get within 250 ms|stopped answering/,
    })
  })

  it('when its connections are cut', async () => {
    const server = await redis()
    const cache = cacheOn(server.url)
    const load = loadOn(cache)
    for (let i = 0; i < 10; i++) {
      await load.hitsOnly()
      await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    }
    await load.hitsOnly()
    await load.stop()
    expect(load.rejected).toBe(0)
    expect(load.slowest).toBeLessThan(BOUND)
  })

  it('when the network swallows what is sent', async () => {
    const server = await redis()
    const network = await networkTo(server)
    await outlives(loadOn(cacheOn(`redis://127.0.0.1:${network.port}`)), {
      breaks: () => network.swallow(),
      mends: () => network.pass(),
      says: /did not answer|stopped answering|not connected yet/,
    })
  })

  it('when the network has forgotten its connection', async () => {
    const server = await redis()
    const network = await networkTo(server)
    const cache = cacheOn(`redis://127.0.0.1:${network.port}`)
    const load = loadOn(cache)
    await load.hitsOnly()
    network.strand()
    await until(() => load.tally.errors > 0)
    await load.hitsOnly()
    await load.stop()
    expect(load.rejected).toBe(0)
    expect(load.slowest).toBeLessThan(BOUND)
  })

  it('when the network resets each connection', async () => {
    const server = await redis()
    const network = await networkTo(server)
    let cutting: NodeJS.Timeout | undefined
    await outlives(loadOn(cacheOn(`redis://127.0.0.1:${network.port}`)), {
      breaks() {
        cutting = setInterval(() => network.cut(), 5)
      },
      mends: () => clearInterval(cutting),
      says: /connection was lost|ECONNRESET/,
    })
  })

  it('when it has no memory left', async () => {
    const server = await redis(['--maxmemory-policy', 'noeviction'])
    await outlives(loadOn(cacheOn(server.url)), {
      async breaks() {
        await server.ask('FLUSHALL')
        await server.ask('CONFIG', 'SET', 'maxmemory', '1')
        await server.ask('FLUSHALL')
      },
      mends: () => server.ask('CONFIG', 'SET', 'maxmemory', '0'),
      says: /OOM .*raise that, or set maxmemory-policy to allkeys-lru/,
    })
  })

  it('when it has become a read replica', async () => {
    const server = await redis()
    await outlives(loadOn(cacheOn(server.url)), {
      // In one go, or the load would set its page again in between.
      breaks: () => server.with((client) => client.pipeline().flushall().replicaof('127.0.0.1', 1).exec()),
      mends: () => server.ask('REPLICAOF', 'NO', 'ONE'),
      says: /READONLY .*name the leader first, or use redis\+sentinel:/,
    })
  })

  it('when its password is another', async () => {
    const server = await redis([], 'right')
    const change = (from: string, to: string) =>
      new RedisServer(server.port, server.folder, { password: from }).with(async (client) => {
        await client.config('SET', 'requirepass', to)
        await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      })
    const load = loadOn(cacheOn(server.url))
    await outlives(load, {
      breaks: () => change('right', 'wrong'),
      mends: () => change('wrong', 'right'),
      says: /WRONGPASS .*the user name or password is wrong/,
    })
    expect(load.said).not.toContain('right')
  })

  it('when it is reading its data from disk', async () => {
    const server = await redis([
      '--key-load-delay',
      '2000',
      '--loading-process-events-interval-bytes',
      '1024',
    ])
    await server.with(async (client) => {
      const pipeline = client.pipeline()
      for (let i = 0; i < 800; i++) pipeline.set(`filler:${i}`, 'x'.repeat(100))
      await pipeline.exec()
    })
    await outlives(loadOn(cacheOn(server.url)), {
      async breaks() {
        await server.ask('SAVE')
        await server.kill()
        await server.start(() =>
          server.ask('PING').catch((error: Error) => /LOADING/.test(error.message) || Promise.reject(error)),
        )
      },
      mends: () => {},
      says: /not ready yet .*reading its data from disk/,
    })
  })
})

describe('while it is paused', () => {
  it('nothing is queued that would be done when it goes on', async () => {
    const server = await redis()
    const cache = cacheOn(server.url)
    const load = loadOn(cache)
    await load.hitsOnly()
    const processed = async () =>
      Number(/total_commands_processed:(\d+)/.exec(String(await server.ask('INFO', 'stats')))?.[1])
    const before = await processed()
    server.pause()
    load.take()
    await until(() => load.tally.errors > 2000)
    await load.stop()
    server.resume()
    await until(async () => (await cache.get('page')) !== undefined)
    // Those in which it was found out, the attempts to connect again, and ours.
    expect((await processed()) - before).toBeLessThan(200)
  })
})
