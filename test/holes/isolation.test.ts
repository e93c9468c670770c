import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { bytesOf, type Cache, createCaches, type Entry, memoryStore, type Store } from '@sitecache/core'
import { cachePage, fetchFromCache, hole, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { Page } from '@sitecache/http'
import { redisStore } from '@sitecache/redis'
import { fragment } from '@sitecache/templates'
import { listen } from '@sitecache/test-support/applications'
import { atEnd } from '@sitecache/test-support/at-end'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { startRedis } from '@sitecache/test-support/servers/redis'
import compression from 'compression'
import express from 'express'
import fc from 'fast-check'
import { visitorOf } from './visitors.js'

jest.setTimeout(60_000)

const server = await startRedis()
afterAll(() => server.stop())

/** What no other visitor may see, and no store hold. */
const secret = (visitor: string) => `secret-of-${visitor}`

const holes = {
  now: hole('now', (req: IncomingMessage) => secret(visitorOf(req))),
  soon: hole('soon', async (req: IncomingMessage) => {
    await new Promise((resolve) => setImmediate(resolve))
    return secret(visitorOf(req))
  }),
  late: hole('late', async (req: IncomingMessage) => {
    await new Promise((resolve) => setTimeout(resolve, 3))
    return secret(visitorOf(req))
  }),
  never: hole('never', (req: IncomingMessage) => Promise.reject(new Error(secret(visitorOf(req))))),
}

type Name = keyof typeof holes
type Part = string | { readonly hole: Name } | { readonly fragment: readonly (string | Name)[] }

/** A page, and how its handler writes it: in pieces of these sizes, or at once. */
interface Written {
  readonly parts: readonly Part[]
  readonly sizes: readonly number[]
}

const names = fc.constantFrom(...(Object.keys(holes) as Name[]))
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 3, arbitrary: names.map((name) => ({ hole: name })) },
  {
    weight: 1,
    arbitrary: fc.array(fc.oneof(text, names), { maxLength: 3 }).map((parts) => ({ fragment: parts })),
  },
)
const written: fc.Arbitrary<Written> = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 8 }),
  sizes: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 4 }),
})

const shown = (one: string, visitor: string): string =>
  Object.hasOwn(holes, one) ? (one === 'never' ? '' : secret(visitor)) : one

function expected({ parts }: Written, visitor: string): string {
  return parts
    .map((one) => {
      if (typeof one === 'string') return one
      return 'hole' in one ? shown(one.hole, visitor) : one.fragment.map((it) => shown(it, visitor)).join('')
    })
    .join('')
}

const marked = (one: string): string => (Object.hasOwn(holes, one) ? holes[one as Name]() : one)

async function write(cache: Cache, res: ServerResponse, page: Written, key: string): Promise<void> {
  const texts = page.parts.map((one, i) => {
    if (typeof one === 'string') return one
    if ('hole' in one) return marked(one.hole)
    return fragment(cache, { timeout: 60, name: 'part', varyOn: [key, i] }, () =>
      one.fragment.map(marked).join(''),
    )
  })
  const bytes = Buffer.from((await Promise.all(texts)).join(''))
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  if (page.sizes.length === 0) return void res.end(bytes)
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = page.sizes[i % page.sizes.length] ?? 1
    res.write(bytes.subarray(at, at + size))
    at += size
    if (i % 5 === 4) await new Promise((resolve) => setImmediate(resolve))
  }
  res.end()
}

type Build = (cache: Cache, handler: express.RequestHandler) => RequestListener

const builds: Readonly<Record<string, Build>> = {
  siteCache: (cache, handler) => express().use(siteCache({ cache })).get('/:page', handler),
  'updateCache and fetchFromCache around compression': (cache, handler) => {
    const app = express().use(updateCache({ cache }), compression({ threshold: 0 }), fetchFromCache())
    return app.get('/:page', handler)
  },
  'withSiteCache in front of compression': (cache, handler) =>
    withSiteCache(
      express()
        .use(compression({ threshold: 0 }))
        .get('/:page', handler),
      { cache },
    ),
  'cachePage within siteCache': (cache, handler) =>
    express()
      .use(siteCache({ cache, keyPrefix: 'outer' }))
      .get('/:page', cachePage(60, { cache, keyPrefix: 'inner' }), handler),
}

/** All that a store holds, as bytes. */
type Contents = () => Promise<readonly Buffer[]>

/** A memory store whose entries can be listed. */
class ListedStore {
  readonly entries = new Map<string, Entry['value']>()
  readonly store = memoryStore()

  constructor() {
    const { sync } = this.store
    if (sync === undefined) throw new Error('A memory store answers at once')
    const { set } = sync
    sync.set = (key, value, ...rest) => {
      this.entries.set(key, value)
      return Reflect.apply(set, sync, [key, value, ...rest])
    }
  }

  contents = async (): Promise<readonly Buffer[]> =>
    [...this.entries.values()].map((value) =>
      value instanceof Page ? Buffer.concat(value.encode()) : Buffer.from(bytesOf(value)),
    )
}

const stores: Readonly<Record<string, () => Promise<{ store: Store; contents: Contents }>>> = {
  memory: async () => {
    const { store, contents } = new ListedStore()
    return { store, contents }
  },
  bytes: async () => {
    const store = new ByteStore()
    return { store, contents: async () => [...store.entries.values()].map(({ bytes }) => bytes) }
  },
  Redis: async () => {
    await server.ask('FLUSHALL')
    const contents = () =>
      server.with(async (client) => {
        const found: Buffer[] = []
        for (const key of await client.keys('*')) {
          const value = await client.getBuffer(key)
          found.push(Buffer.from(key), value ?? Buffer.alloc(0))
        }
        return found
      })
    return { store: redisStore(server.url), contents }
  },
}

async function ask(url: string, visitor: string): Promise<string> {
  const response = await fetch(url, { headers: { cookie: `v=${visitor}`, 'accept-encoding': 'gzip' } })
  expect(response.headers.get('cache-control')).toMatch(/private|max-age/)
  return response.text()
}

describe.each(Object.keys(stores))('on %s', (storeName) => {
  it.each(Object.keys(builds))('no visitor sees, and nothing holds, what is another’s: %s', async (name) => {
    const make = stores[storeName]
    const build = builds[name]
    if (make === undefined || build === undefined) throw new Error('There is no such application')
    const { store, contents } = await make()
    const caches = createCaches({ default: { store } })
    const cache = caches.get('default')
    atEnd(() => caches.close())
    const pages = new Map<string, Written>()
    const { url, close } = await listen(
      build(cache, async (req, res) => {
        const key = String(req.params.page)
        await write(cache, res, pages.get(key) ?? { parts: [], sizes: [] }, key)
      }),
    )
    atEnd(close)
    await fc.assert(
      fc.asyncProperty(written, fc.integer({ min: 2, max: 6 }), async (page, visitors) => {
        const key = `page${pages.size}`
        pages.set(key, page)
        const all = Array.from({ length: visitors }, (_, i) => `visitor${i}x`)
        for (const round of ['cold', 'warm']) {
          const texts = await Promise.all(all.map((visitor) => ask(`${url}/${key}`, visitor)))
          expect([round, ...texts]).toEqual([round, ...all.map((visitor) => expected(page, visitor))])
        }
      }),
      { numRuns: 40 },
    )
    await caches.idle()
    const held = await contents()
    expect(held.length).toBeGreaterThan(pages.size)
    for (const bytes of held) expect(bytes.toString('latin1')).not.toMatch(/secret-of-|hole[0-9a-f]{32}n/)
    // Requests that come at once miss together: how many is a matter of pace.
    expect((await cache.stats()).hits).toBeGreaterThan(pages.size / 2)
  })
})
