import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import {
  cachePage,
  createCaches,
  memoryStore,
  siteCache,
  type Timeout,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { runProgram } from '@sitecache/test-support/child'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import { useWarnings } from './support/told.js'

const told = useWarnings()
const codes = () => told().map(({ code }) => code)
const page: RequestHandler = (_req, res) => void res.send('page')

describe('SITECACHE_TIMEOUT', () => {
  const makers: Readonly<Record<string, (timeout: Timeout) => unknown>> = {
    'createCaches()': (timeout) => createCaches({ default: { store: memoryStore(), timeout } }),
    'siteCache()': (timeout) => siteCache({ timeout }),
    'updateCache()': (timeout) => updateCache({ timeout }),
    'cachePage()': (timeout) => cachePage(timeout),
    staleWhileRevalidate: (staleWhileRevalidate) => siteCache({ staleWhileRevalidate }),
    clientTimeout: (clientTimeout) => siteCache({ clientTimeout }),
  }

  it.each(Object.entries(makers))('is told once by %s', (_name, make) => {
    for (let i = 0; i < 3; i += 1) make(300_000)
    expect(codes()).toEqual(['SITECACHE_TIMEOUT'])
    expect(told()[0]?.message).toMatch(/is 300000 seconds, which is 3 days: .* say 300, or a duration/)
  })

  it.each([30_000, 60_000, 120_000, 180_000, 300_000, 600_000, 900_000, 3_600_000, 86_400_000, 604_800_000])(
    'is told of %d',
    (timeout) => {
      siteCache({ timeout })
      expect(codes()).toEqual(['SITECACHE_TIMEOUT'])
    },
  )

  const seconds = [0, 1, 60, 300, 600, 3600, 7200, 36_000, 43_200, 72_000, 86_400, 172_800, 259_200]
  it.each([...seconds, 432_000, 604_800, 864_000, 1_209_600, 2_592_000, 7_776_000, 31_536_000, null, '1d'])(
    'is not told of %p',
    (timeout) => {
      siteCache({ timeout: timeout as Timeout })
      cachePage(timeout as Timeout)
      expect(codes()).toEqual([])
    },
  )

  it('can be switched off where the caches are made, and where a site is', () => {
    createCaches(
      { default: { store: memoryStore(), timeout: 60_000 } },
      { warnings: { SITECACHE_TIMEOUT: false } },
    )
    siteCache({ timeout: 60_000, warnings: { SITECACHE_TIMEOUT: false } })
    siteCache({ timeout: 60_000 })
    expect(codes()).toEqual([])
    siteCache({ timeout: 60_000, warnings: { SITECACHE_TIMEOUT: true } })
    expect(codes()).toEqual(['SITECACHE_TIMEOUT'])
  })
})

describe('SITECACHE_HANDLER', () => {
  const cache = freshCache()
  const wrong: Readonly<Record<string, RequestHandler>> = {
    'createCaches()': (_req, res) => {
      createCaches({ default: 'memory:' })
      res.send('page')
    },
    'siteCache()': (req, res, next) => siteCache({ cache })(req, res, next),
    'updateCache()': (req, res, next) => updateCache({ cache })(req, res, next),
    'cachePage()': (req, res, next) => cachePage('1m', { cache })(req, res, next),
    'withSiteCache()': (req, res) => withSiteCache(express().use(page), { cache })(req, res),
    'cachePage() in an async handler': async (req, res, next) =>
      void cachePage('1m', { cache })(req, res, next),
    'cachePage() behind an await of its handler': async (req, res, next) => {
      await new Promise((resolve) => void setImmediate(resolve))
      cachePage('1m', { cache })(req, res, next)
    },
    'a whole application behind an await': async (req, res) => {
      await new Promise((resolve) => void setImmediate(resolve))
      const { app, cache: own } = await Promise.resolve({ app: express(), cache })
      app.use(siteCache({ cache: own }), page)(req, res)
    },
  }

  it.each(Object.entries(wrong))('is told once of %s for each request', async (name, handler) => {
    const app = express().use(compression(), express.json()).use('/:path', handler, page)
    await request(app).get('/1')
    expect(codes()).toEqual([])
    for (const path of ['/2', '/3', '/4']) await request(app).get(path)
    expect(codes()).toEqual(['SITECACHE_HANDLER'])
    expect(told()[0]?.message).toContain(name.replace(/ .*/, ''))
    expect(told()[0]?.message).toMatch(/at \S+creation\.test\.ts:\d+:\d+: call it once/)
  })

  it('is not told of what is made at the start, in a loop, or once by a request', async () => {
    const app = express()
    for (const path of ['/a', '/b', '/c']) app.get(path, cachePage('1m', { cache }), page)
    let made: RequestHandler | undefined
    app.use((req, res, next) => {
      made ??= siteCache({ cache }) as RequestHandler
      made(req, res, next)
    }, page)
    for (const path of ['/a', '/b', '/d', '/e']) await request(app).get(path)
    expect(codes()).toEqual([])
  })

  it.each([
    ['a module that requests load, and a developer changes', 'delete require.cache[file]; require(file)', []],
    ['a function of such a module', 'require(file)()', ['SITECACHE_HANDLER']],
  ])('is told of %s: %s', async (_name, step, expected) => {
    const file = join(await mkdtemp(join(tmpdir(), 'sitecache-module-')), 'caches.cjs')
    await writeFile(file, 'const make = () => globalThis.makeCaches(); make(); module.exports = make')
    const { stderr } = await runProgram(`
      import { createRequire } from 'node:module'
            import { createServer } from 'node:http'
      import { createCaches } from '@sitecache/express'
      const require = createRequire(import.meta.url)
      const file = ${JSON.stringify(file)}
      globalThis.makeCaches = () => createCaches({ default: 'memory:' })
      const server = createServer((_req, res) => { ${step}; res.end('page') }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const url = 'http://127.0.0.1:' + server.address().port
      for (let i = 0; i < 4; i += 1) await (await fetch(url)).text()
      server.close()
      server.closeAllConnections()`)
    expect([...stderr.matchAll(/\[(SITECACHE_\w+)\]/g)].map(([, code]) => code)).toEqual(expected)
  })

  it('can be switched off', async () => {
    const off = siteCache({ cache, warnings: { SITECACHE_HANDLER: false } })
    const app = express().use(off, (req, res, next) => cachePage('1m', { cache })(req, res, next), page)
    for (const path of ['/1', '/2', '/3']) await request(app).get(path)
    expect(codes()).toEqual([])
  })
})

describe('warnings that were there before', () => {
  const remote = () => createCaches({ default: { store: new ByteStore() } })

  it('can be switched off: SITECACHE_PREFIX', () => {
    siteCache({ caches: remote(), warnings: { SITECACHE_PREFIX: false } })
    expect(codes()).toEqual([])
    siteCache({ caches: remote(), warnings: { SITECACHE_PREFIX: true } })
    expect(codes()).toEqual(['SITECACHE_PREFIX'])
  })

  it.each([
    [{}, ['SITECACHE_PROXY']],
    [{ SITECACHE_PROXY: false }, []],
  ])('can be switched off: SITECACHE_PROXY by %p', async (warnings, expected) => {
    const app = express().use(siteCache({ cache: freshCache(), warnings }), page)
    for (let i = 0; i < 3; i += 1) await request(app).get('/').set('X-Forwarded-Proto', 'https')
    expect(codes()).toEqual(expected)
  })

  it.each([
    [{}, ['SITECACHE_MISPLACED']],
    [{ SITECACHE_MISPLACED: false }, []],
  ])('can be switched off: SITECACHE_MISPLACED by %p', async (warnings, expected) => {
    const app = express().use(updateCache({ cache: freshCache(), warnings }), page)
    for (let i = 0; i < 5; i += 1) await request(app).get('/')
    expect(codes()).toEqual(expected)
  })
})

describe('the option warnings', () => {
  it.each([[{ SITECACHE_HOST: false }], [{ SITECACHE_HOSTS: 'no' }], ['SITECACHE_HOSTS'], [[]]])(
    'refuses %j',
    (warnings) => {
      const options = { warnings } as object
      expect(() => siteCache(options)).toThrow(/siteCache\.warnings/)
      expect(() => cachePage('1m', options)).toThrow(/cachePage\.warnings/)
      expect(() => createCaches({ default: 'memory:' }, options)).toThrow(/createCaches\(\)\.warnings/)
    },
  )

  it('names the code that was probably meant', () => {
    expect(() => siteCache({ warnings: { SITECACHE_HOST: false } as object })).toThrow(
      /Did you mean SITECACHE_HOSTS\?/,
    )
  })
})
