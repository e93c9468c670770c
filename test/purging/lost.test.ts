import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Store } from '@sitecache/core'
import {
  addCacheTags,
  type Cache,
  createCaches,
  invalidatePage,
  invalidateTags,
  memoryStore,
  type SiteOptions,
  siteCache,
} from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { ByteStore } from '@sitecache/test-support/byte-store'
import connect from 'connect'

const cacheOf = (store: Store): Cache => createCaches({ default: { store } }).get('default')

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A process: pages say the version of the content that they were rendered from. */
async function site(cache: Cache, options: SiteOptions = {}) {
  const content = { version: 1, before: undefined as (() => Promise<unknown>) | undefined }
  const app = connect().use(siteCache({ cache, ...options }))
  app.use(async (req: IncomingMessage, res: ServerResponse) => {
    const { version } = content
    await content.before?.()
    if (req.url?.startsWith('/tagged')) addCacheTags(res, 'content')
    res.end(`v${version}`)
  })
  const { url, close } = await listen(app)
  open.push(close)
  const get = async (path: string) => (await ask(url + path)).body
  return { content, get }
}

const url = 'http://site.example/url'

describe('a store that comes back with an older snapshot', () => {
  const purges: readonly (readonly [string, (cache: Cache) => Promise<unknown>])[] = [
    ['a purge of a URL', (cache) => invalidatePage(url, { cache })],
    ['a purge of a path', (cache) => invalidatePage('/url', { cache })],
    ['a purge of tags', (cache) => invalidateTags('content', { cache })],
    ['a clear', (cache) => cache.clear()],
  ]

  it.each(purges)('has nothing to serve to the process that knows of %s', async (_, purge) => {
    const store = new ByteStore()
    const cache = cacheOf(store)
    const { content, get } = await site(cache)
    for (const path of ['/url', '/tagged']) expect(await get(path)).toBe('v1')
    const snapshot = new Map(store.entries)
    content.version = 2
    await purge(cache)
    store.entries.clear()
    for (const [key, entry] of snapshot) store.entries.set(key, entry)
    const other = await site(cacheOf(store))
    other.content.version = 2
    for (const path of ['/url', '/tagged']) {
      if (purge === purges[0]?.[1] && path === '/tagged') continue
      expect(await get(path)).toBe('v2')
    }
    content.version = 3
    // A new era is the store's own: what is stored in it stays, and another process sees it.
    expect(await get('/url')).toBe('v2')
    expect(await other.get('/url')).toBe('v2')
  })
})

describe('a fence that the store has lost', () => {
  it('leaves no page valid that was stored before', async () => {
    const store = new ByteStore()
    const { content, get } = await site(cacheOf(store))
    await get('/url')
    content.version = 2
    for (const key of store.entries.keys()) if (key.includes('::fence:')) await store.delete(key)
    expect(await get('/url')).toBe('v2')
    expect(await get('/url')).toBe('v2')
  })
})

describe('a page whose rendering began before', () => {
  it.each<[string, () => Store]>([
    ['in memory', memoryStore],
    ['in a store elsewhere', () => new ByteStore()],
  ])('a clear is not kept: %s', async (_, makeStore) => {
    const store = makeStore()
    const cache = cacheOf(store)
    const another = cacheOf(store)
    for (const clearing of [cache, another]) {
      const { content, get } = await site(cache)
      await get(`/first-${clearing === cache}`)
      content.before = async () => {
        content.version = 2
        content.before = undefined
        await clearing.clear()
      }
      const path = `/new-${clearing === cache}`
      expect(await get(path)).toBe('v1')
      expect(await get(path)).toBe('v2')
      content.version = 3
      expect(await get(path)).toBe('v2')
    }
  })

  it.each<[string, () => Store]>([
    ['in memory', memoryStore],
    ['in a store elsewhere', () => new ByteStore()],
  ])('a newer one does not take its place: %s', async (_, makeStore) => {
    const { content, get } = await site(cacheOf(makeStore()), { coalesce: false })
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let older = Promise.resolve('')
    await new Promise<void>((isRendered) => {
      content.before = () => {
        isRendered()
        return gate
      }
      older = get('/url')
    })
    content.before = undefined
    content.version = 2
    expect(await get('/url')).toBe('v2')
    release()
    expect(await older).toBe('v1')
    expect(await get('/url')).toBe('v2')
  })
})
