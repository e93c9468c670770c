import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { memoryStore, type Store, tieredStore } from '@sitecache/core'
import { redisBus, redisStore } from '@sitecache/redis'
import { RedisServer, startRedis, until } from '@sitecache/test-support/servers/redis'
import { type LoadedSite, startSite } from './site.js'

jest.setTimeout(40_000)

/**
 * What a request may take, in milliseconds, while its store fails: a look-up, and what is read and written to keep its page, each
 * within `timeoutMs` of 250, on a machine that has other things to do.
 */
const BOUND = 3000

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  expect(unhandled).toEqual([])
})

async function redis(args: readonly string[] = [], password?: string): Promise<RedisServer> {
  const server = await startRedis({ args, ...(password === undefined ? {} : { password }) })
  undo.push(() => server.stop())
  return server
}

async function siteOn(store: Store): Promise<LoadedSite> {
  const site = await startSite(store)
  undo.push(() => site.close())
  return site
}

interface Fault {
  breaks(): unknown
  mends(): unknown
  /** What an 'error' event says meanwhile. */
  readonly says: RegExp
}

/** Breaks the store under a site: each request gets its page all the same, within its bound; mended, pages are hits by themselves. */
async function outlives({ load, cache }: LoadedSite, { breaks, mends, says }: Fault): Promise<void> {
  await load.hitsOnly()
  await breaks()
  load.take()
  await until(() => load.tally.misses > 100 && load.tally.errors > 100 && load.hasSaid(says))
  await mends()
  await load.hitsOnly()
  await load.stop()
  expect([load.lost, load.lastLoss]).toEqual([0, ''])
  expect(load.slowest).toBeLessThan(BOUND)
  await cache.idle()
  expect((await cache.stats()).errors).toBe(load.errors)
}

describe('pages in Redis, under load', () => {
  it('are rendered while it is not there yet, and kept when it is', async () => {
    const server = await redis()
    await server.kill()
    const { load } = await siteOn(redisStore(server.url))
    await until(() => load.tally.misses > 100 && load.tally.errors > 100)
    expect(load.tally.hits).toBe(0)
    expect(load.hasSaid(/ECONNREFUSED.*nothing listens there/)).toBe(true)
    await server.start()
    await load.hitsOnly()
    await load.stop()
    expect([load.lost, load.lastLoss]).toEqual([0, ''])
    expect(load.slowest).toBeLessThan(BOUND)
  })

  it('are rendered when it is killed, until it is back', async () => {
    const server = await redis()
    await outlives(await siteOn(redisStore(server.url)), {
      breaks: () => server.kill(),
      mends: () => server.start(),
      says: /ECONNREFUSED.*nothing listens there/,
    })
  })

  it('are rendered when it is paused, until it goes on', async () => {
    const server = await redis()
    await outlives(await siteOn(redisStore(server.url)), {
      breaks: () => server.pause(),
      mends: () => server.resume(),
      says: /did not answer getMany within 250 ms|stopped answering/,
    })
  })

  it('are rendered when it has no memory left, until it has', async () => {
    const server = await redis(['--maxmemory-policy', 'noeviction'])
    await outlives(await siteOn(redisStore(server.url)), {
      async breaks() {
        await server.ask('FLUSHALL')
        await server.ask('CONFIG', 'SET', 'maxmemory', '1')
        await server.ask('FLUSHALL')
      },
      mends: () => server.ask('CONFIG', 'SET', 'maxmemory', '0'),
      says: /OOM .*raise that, or set maxmemory-policy to allkeys-lru/,
    })
  })

  it('are rendered when it has become a read replica, until it leads again', async () => {
    const server = await redis()
    await outlives(await siteOn(redisStore(server.url)), {
      // In one go, or the load would keep its pages again in between.
      breaks: () => server.with((client) => client.pipeline().flushall().replicaof('127.0.0.1', 1).exec()),
      mends: () => server.ask('REPLICAOF', 'NO', 'ONE'),
      says: /READONLY .*name the leader first/,
    })
  })

  it('are hits of a read replica that still has them', async () => {
    const server = await redis()
    const { load } = await siteOn(redisStore(server.url))
    await load.hitsOnly()
    await server.ask('REPLICAOF', '127.0.0.1', '1')
    load.take()
    await until(() => load.tally.hits > 200)
    expect(load.tally).toMatchObject({ misses: 0, errors: 0, lost: 0 })
  })

  it('are rendered when its password is another, and no password is told', async () => {
    const server = await redis([], 'right-one')
    const change = (from: string, to: string) =>
      new RedisServer(server.port, server.folder, { password: from }).with(async (client) => {
        await client.config('SET', 'requirepass', to)
        await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      })
    const site = await siteOn(redisStore(server.url))
    const told: string[] = []
    site.cache.on('error', ({ error }) => void told.push(String(error)))
    await outlives(site, {
      breaks: () => change('right-one', 'wrong-one'),
      mends: () => change('wrong-one', 'right-one'),
      says: /WRONGPASS .*the user name or password is wrong/,
    })
    expect(told.filter((message) => /right-one|wrong-one/.test(message))).toEqual([])
  })

  it('are hits of the process itself while it is gone, where a tiered store has them near', async () => {
    const server = await redis()
    const bus = redisBus(server.url, { onError: () => {} })
    const store = tieredStore(memoryStore(), redisStore(server.url), { bus, nearTimeout: '1m' })
    const site = await siteOn(store)
    await site.load.hitsOnly()
    await server.kill()
    site.load.take()
    await until(() => site.load.tally.hits > 300)
    expect(site.load.tally).toMatchObject({ misses: 0, lost: 0 })
    await server.start()
    await site.load.hitsOnly()
    expect([site.load.lost, site.load.lastLoss]).toEqual([0, ''])
  })
})
