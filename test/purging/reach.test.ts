import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { guardStore, type Store } from '@sitecache/core'
import {
  cachePage,
  createCaches,
  invalidatePage,
  memoryStore,
  type SiteOptions,
  siteCache,
} from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { bodyOf, exchangeRaw, parseRaw } from '@sitecache/test-support/raw'
import express from 'express'

const cacheOf = (store: Store) => createCaches({ default: { store } }).get('default')

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A site whose pages say how often it has rendered; requests are written by hand. */
async function site(options: SiteOptions, prepare?: (app: express.Express) => void) {
  let renders = 0
  const app = express().use(siteCache(options))
  prepare?.(app)
  app.use((req, res) => void res.send(req.method === 'GET' ? `render ${++renders}` : 'changed'))
  const { url, close } = await listen(app)
  open.push(close)
  const ask = async (target: string, host = 'site.example', method = 'GET') => {
    const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`
    const answer = await exchangeRaw(url, `${head}Content-Length: 0\r\nConnection: close\r\n\r\n`)
    return String(bodyOf(parseRaw(answer)))
  }
  return { ask, url }
}

describe('a purge of a URL, by another process that knows of no layer', () => {
  it.each<[string, SiteOptions, string]>([
    ['with a keyPrefix', { keyPrefix: 'shop' }, '/a?b=1&a=2'],
    ['of another version', { version: 7 }, '/a?b=1&a=2'],
    ['that sorts queries', { query: 'sorted' }, '/a?a=2&b=1'],
    ['that reads some of the query', { query: { only: ['a'] } }, '/a?x=1&a=2'],
    ['that leaves some of the query out', { query: { except: ['x'] }, keyPrefix: 'p' }, '/a?a=2&b=1&x=3'],
  ])('reaches a layer %s', async (_, options, purged) => {
    const store = new ByteStore()
    const { ask } = await site({ cache: cacheOf(store), ...options })
    const target = options.query === undefined ? purged : '/a?a=2&b=1'
    await ask(target)
    expect(await ask(target)).toBe('render 1')
    const cache = cacheOf(store)
    expect(await invalidatePage(`http://site.example${purged}`, { cache })).toBe(true)
    expect(await invalidatePage(`http://site.example${purged}`, { cache })).toBe(false)
    expect(await ask(target)).toBe('render 2')
    expect(await ask(target)).toBe('render 2')
  })

  it('reaches all layers on the way, and no other URL', async () => {
    const cache = cacheOf(memoryStore())
    let renders = 0
    const app = express().use(siteCache({ cache, keyPrefix: 'outer' }))
    const page = cachePage('1h', { cache, version: 3 })
    app.get('/:page', page, (_req, res) => void res.send(`render ${++renders}`))
    const { url, close } = await listen(app)
    open.push(close)
    const ask = async (path: string) => (await fetch(url + path)).text()
    for (const path of ['/a', '/b']) await ask(path)
    await invalidatePage(`${url}/a`, { cache })
    expect([await ask('/a'), await ask('/b')]).toEqual(['render 3', 'render 2'])
  })
})

describe('a purge takes any spelling', () => {
  it('warns once of https pages that were stored as those of http', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cache = cacheOf(memoryStore())
    const { ask } = await site({ cache })
    for (let i = 0; i < 3; i += 1) {
      await ask('/a')
      expect(await invalidatePage('https://site.example/a', { cache })).toBe(true)
    }
    expect(warnings.mock.calls.map(([, options]) => options)).toEqual([
      { type: 'SitecacheWarning', code: 'SITECACHE_PROXY' },
    ])
    warnings.mockRestore()
  })

  it.each([
    ['/a', 'HTTP://SITE.example:80/a'],
    ['/a', 'https://site.example/a'],
    ['/a', 'http://site.example./a#part'],
    ['/a%20b?c%20d', 'http://site.example/a b?c d'],
    ['/caf%C3%A9', 'http://site.example/caf\u00e9'],
    ['/caf%c3%a9', 'http://site.example/caf\u00e9'],
    ['/%61', 'http://site.example/a'],
    ['/a', 'http://site.example/x/../a'],
    ['http://site.example/a', 'http://site.example/a'],
    ['/a', '/a'],
    ['/caf%C3%A9?x', '/caf\u00e9?x'],
  ])('of %s: %s', async (target, url) => {
    const cache = cacheOf(memoryStore())
    const { ask } = await site({ cache })
    await ask(target)
    expect(await ask(target)).toBe('render 1')
    await invalidatePage(url, { cache })
    expect(await ask(target)).toBe('render 2')
    expect(await ask(target)).toBe('render 2')
  })

  it('of a host: its name in any script', async () => {
    const cache = cacheOf(memoryStore())
    const { ask } = await site({ cache })
    await ask('/', 'xn--bcher-kva.example')
    expect(await invalidatePage('http://b\u00fccher.example/', { cache })).toBe(true)
    expect(await ask('/', 'xn--bcher-kva.example')).toBe('render 2')
  })

  it.each(['a', '', '//site.example/a', 'ftp://site.example/a', 'http://', 'http:///a', undefined, null, 7])(
    'and refuses %p, which is none',
    async (url) => {
      await expect(invalidatePage(url as string, { cache: cacheOf(memoryStore()) })).rejects.toThrow(
        /invalidatePage needs an absolute URL/,
      )
    },
  )

  it('an unsafe request to the absolute form drops the page of its URL', async () => {
    const { ask } = await site({ cache: cacheOf(memoryStore()) })
    await ask('/a')
    await ask('http://site.example/a', 'site.example', 'POST')
    expect(await ask('/a')).toBe('render 2')
    await ask('/%61', 'site.example', 'DELETE')
    expect(await ask('/a')).toBe('render 3')
  })

  it('a path is that of every host, beyond any number of invented ones', async () => {
    const store = new ByteStore()
    const { ask } = await site({ cache: cacheOf(store) })
    await ask('/a')
    for (let i = 0; i < 120; i += 1) await ask('/a', `h${i}.example`)
    const last = await ask('/a', 'h119.example')
    expect(await invalidatePage('/a', { cache: cacheOf(store) })).toBe(false)
    expect(await ask('/a')).not.toBe('render 1')
    expect(await ask('/a', 'h119.example')).not.toBe(last)
  })
})

describe('a purge that the store refuses', () => {
  it.each(['getMany', 'set'] as const)('is an error: %s fails', async (operation) => {
    const inner = new FaultyStore()
    const cache = cacheOf(guardStore(inner, { failures: 1000 }))
    const { ask } = await site({ cache })
    await ask('/a')
    Object.assign(inner, { [operation]: () => Promise.reject(new Error('refused')) })
    await expect(invalidatePage('http://site.example/a', { cache })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(/may still be served/),
    })
  })
})
