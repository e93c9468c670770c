import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, memoryStore, type Store, tieredStore } from '@sitecache/core'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { fileStore } from '@sitecache/file'
import { redisStore } from '@sitecache/redis'
import { ask } from '@sitecache/test-support/ask'
import { serve } from '@sitecache/test-support/serve'
import { startRedis } from '@sitecache/test-support/servers/redis'
import { undoAll } from '@sitecache/test-support/undo'
import express from 'express'

const redis = await startRedis()
const folder = mkdtempSync(join(tmpdir(), 'sitecache-'))
const undo: (() => unknown)[] = []
afterEach(() => undoAll(undo))
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await redis.stop()
})

const stores: Readonly<Record<string, () => Store>> = {
  memory: () => memoryStore(),
  'memory, by reference': () => memoryStore({ eviction: 'lru' }),
  Redis: () => redisStore(redis.url),
  'memory before Redis': () => tieredStore(memoryStore(), redisStore(redis.url)),
  files: () => fileStore(folder),
}

type Write = (res: ServerResponse) => void

/** Handlers' only buffer: each response is written over the one before. */
const buffer = Buffer.alloc(5000)

const write: Write = (res) => {
  buffer.fill('1')
  res.end(buffer)
  buffer.fill('2')
}

/** Ways in which a page is cached, and in which a middleware ends its response later than it did. */
const ways: Readonly<Record<string, (cache: Cache, handler: Write) => RequestListener>> = {
  'siteCache()': (cache, handler) =>
    express()
      .use(siteCache({ cache }))
      .get('/', (_req, res) => handler(res)) as RequestListener,
  'updateCache() and fetchFromCache()': (cache, handler) =>
    express()
      .use(updateCache({ cache }), fetchFromCache())
      .get('/', (_req, res) => handler(res)) as RequestListener,
  'cachePage()': (cache, handler) =>
    express().get('/', cachePage(60, { cache }), (_req, res) => handler(res)) as RequestListener,
  'withSiteCache()': (cache, handler) => withSiteCache((_req, res) => handler(res), { cache }),
  'siteCache() below what holds its head back': (cache, handler) =>
    express()
      .use((_req, res, next) => {
        const { end } = res
        res.end = ((chunk: Buffer) => {
          const sent = Buffer.from(chunk)
          setImmediate(() => Reflect.apply(end, res, [sent]))
          return res
        }) as typeof end
        next()
      }, siteCache({ cache }))
      .get('/', (_req, res) => handler(res)) as RequestListener,
}

const page = '1'.repeat(buffer.length)

describe.each(Object.entries(stores))('a page whose handler uses its buffer again, in %s', (_store, make) => {
  function cacheOf(): Cache {
    const caches = createCaches({ default: { store: make(), keyPrefix: `reused-${Math.random()}` } })
    undo.push(() => caches.close())
    return caches.get('default')
  }

  it.each(Object.entries(ways))('is kept as it was written, by %s', async (_way, build) => {
    const cache = cacheOf()
    const url = await serve(build(cache, write))
    await ask(url)
    await cache.idle()
    const { body, cacheStatus } = await ask(url)
    expect([body, cacheStatus]).toEqual([page, expect.stringContaining('hit')])
  })

  it('is what requests that wait for it have', async () => {
    const [cache, started] = [cacheOf(), [] as (() => void)[]]
    let came = 0
    const count = (): void => {
      came += 1
    }
    const app = express().use((_req, _res, next) => next(count()), siteCache({ cache }))
    app.get('/', (_req, res) => void started.push(() => write(res)))
    const url = await serve(app as RequestListener)
    const answers = ['first', 'second', 'third'].map(() => ask(url))
    while (came < 3 || started.length === 0) await new Promise(setImmediate)
    for (const end of started) end()
    const bodies = (await Promise.all(answers)).map(({ body }) => body)
    expect(bodies).toEqual([page, page, page])
  })
})
