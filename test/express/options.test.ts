import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  cachePage,
  configure,
  createCaches,
  fetchFromCache,
  memoryStore,
  SettingsError,
  siteCache,
  UnknownCacheError,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import request from '@sitecache/test-support/request'
import express from 'express'

/** Options as a JavaScript user would give them, unchecked by the compiler. */
const makers: Record<string, (options: object) => unknown> = {
  updateCache: (options) => updateCache(options),
  siteCache: (options) => siteCache(options),
  withSiteCache: (options) => withSiteCache(() => undefined, options),
  cachePage: (options) => cachePage(60, options),
}

describe.each(Object.entries(makers))('%s', (name, make) => {
  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['an unknown name', { maxBodyByte: 1 }, /maxBodyByte\b.*maxBodyBytes/],
    ['policy', { policy: 'http' }, /policy.*'django' or 'rfc9111'.*http/],
    ['statuses', { statuses: [99] }, /statuses.*200/],
    ['maxBodyBytes', { maxBodyBytes: -1 }, /maxBodyBytes.*-1/],
    ['keyPrefix', { keyPrefix: 1 }, /keyPrefix.*string/],
    ['version', { version: 1.5 }, /version.*whole number/],
    ['anonymousOnly', { anonymousOnly: 'yes' }, /anonymousOnly.*true or false/],
    ['skip', { skip: true }, /skip.*function/],
    ['setCookie', { setCookie: 'keep' }, /setCookie.*'strip'/],
    ['query', { query: { without: [] } }, /query.*except/],
    ['buckets', { buckets: { cookie: 'session' } }, /buckets/],
    ['maxVariants', { maxVariants: 0 }, /maxVariants.*at least 1/],
    ['cache', { cache: 12 }, /cache/],
    ['caches', { caches: {} }, /caches/],
  ]

  it.each(bad)('refuses a bad option: %s', (_option, options, message) => {
    expect(() => make(options)).toThrow(message)
    expect(() => make(options)).toThrow(SettingsError)
  })

  it('names itself in the error', () => {
    expect(() => make({ policy: 'x' })).toThrow(new RegExp(`^${name}`))
  })

  it('refuses an alias that is not configured, naming those that are', () => {
    const caches = createCaches({ default: { store: memoryStore() }, pages: { store: memoryStore() } })
    expect(() => make({ caches, cache: 'page' })).toThrow(UnknownCacheError)
    expect(() => make({ caches, cache: 'page' })).toThrow(/default.*pages/)
  })
})

describe('an alias of the process-wide caches', () => {
  afterEach(() => {
    configure({ default: 'memory:' })
    jest.restoreAllMocks()
  })

  it('is looked up anew after configure(), and goes on when it is left out', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    configure({ default: 'memory:', pages: 'memory:' })
    const app = express().use(siteCache({ cache: 'pages' }))
    app.get('/', (_req, res) => {
      res.send('page')
    })
    const status = async () => (await request(app).get('/')).headers['cache-status']
    await status()
    expect(await status()).toMatch(/hit/)
    configure({ default: 'memory:', pages: 'memory:' })
    expect(await status()).toMatch(/uri-miss; stored/)
    configure({ default: 'memory:' })
    expect(await status()).toMatch(/hit/)
    expect(await status()).toMatch(/hit/)
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe('timeout', () => {
  it.each(['soon', Number.NaN, {}, true])('refuses %p', (timeout) => {
    expect(() => updateCache({ timeout: timeout as never })).toThrow(/updateCache\.timeout/)
    expect(() => cachePage(timeout as never)).toThrow(/cachePage\.timeout/)
  })
})

describe('fetchFromCache() without updateCache() above it', () => {
  const environment = process.env.NODE_ENV
  afterEach(() => {
    process.env.NODE_ENV = environment
    jest.restoreAllMocks()
  })

  const app = () =>
    express()
      .use(fetchFromCache())
      .get('/', (_req, res) => {
        res.send('page')
      })

  it('is an error at the first request in development', async () => {
    process.env.NODE_ENV = 'development'
    jest.spyOn(console, 'error').mockImplementation(() => undefined)
    const response = await request(app()).get('/')
    expect(response.status).toBe(500)
    expect(response.text).toMatch(/put app\.use\(updateCache\(\)\) first/)
  })

  it('warns once in production, and breaks nothing', async () => {
    process.env.NODE_ENV = 'production'
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const broken = app()
    const texts = [await request(broken).get('/'), await request(broken).get('/')].map(({ text }) => text)
    expect(texts).toEqual(['page', 'page'])
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toMatch(/updateCache/)
  })
})
