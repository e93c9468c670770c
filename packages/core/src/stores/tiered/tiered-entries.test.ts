import { describe, expect, it, jest } from '@jest/globals'
import { createCaches, type Entry, memoryStore, tieredStore } from '@sitecache/core'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { bytes, textOf } from '@sitecache/test-support/tiered-stores'

describe("a cache's entries on a tiered store", () => {
  function cacheOn(options: { compress?: 'gzip' } = {}) {
    const far = new ByteStore()
    const store = tieredStore(memoryStore(), far)
    const cache = createCaches({ default: { store, ...options } }).get('default')
    return { far, store, cache }
  }
  const page = { byteLength: 5000, encode: () => [Buffer.alloc(5000)] }

  it('are answered without a promise when they are near, as they were given', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', page, null)
    await cache.entries.set('l', page, null)
    far.failure = new Error('refused')
    expect(cache.entries.get('k')).toEqual({ value: page, expires: null })
    expect((cache.entries.get('k') as Entry).value).toBe(page)
    const found = cache.entries.getMany(['k', 'l'])
    expect(found).toBeInstanceOf(Map)
    expect([...(found as Map<string, Entry>).keys()]).toEqual(['k', 'l'])
  })

  it('are waited for when one is not near', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', page, null)
    await far.set('l', bytes('1'), null)
    const found = cache.entries.getMany(['k', 'l', 'none'])
    expect(found).toBeInstanceOf(Promise)
    expect([...(await found).keys()].sort()).toEqual(['k', 'l'])
  })

  it('are remembered as what they were decoded to', async () => {
    const { cache, far } = cacheOn()
    await far.set('k', page, null)
    const entry = await cache.entries.get('k')
    if (entry === undefined) throw new Error('the entry is not there')
    cache.entries.remember('k', entry, page)
    expect((cache.entries.get('k') as Entry).value).toBe(page)
  })

  it('are read past what is near where it matters', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', bytes('old'), null)
    await far.set('k', bytes('new'), null)
    expect(textOf(await cache.entries.get('k'))).toBe('old')
    expect(textOf(await cache.entries.getFresh('k'))).toBe('new')
    expect(textOf(await cache.entries.get('k'))).toBe('new')
    await cache.set('moved', 'old')
    await createCaches({ default: { store: far } })
      .get('default')
      .set('moved', 'new')
    await cache.incrVersion('moved')
    expect(await cache.get('moved', { version: 2 })).toBe('new')
    const here = createCaches({ default: { store: memoryStore() } }).get('default')
    here.entries.set('k', page, null)
    expect((here.entries.getFresh('k') as Entry).value).toBe(page)
  })

  it('are compressed far, and not near', async () => {
    const { cache, far } = cacheOn({ compress: 'gzip' })
    await cache.entries.set('k', page, null)
    expect((cache.entries.get('k') as Entry).value).toBe(page)
    expect(far.entries.get('k')?.bytes.length).toBeLessThan(500)
    const other = createCaches({
      default: { store: tieredStore(memoryStore(), far), compress: 'gzip' },
    }).get('default')
    const entry = await other.entries.get('k')
    expect(entry?.value).toEqual(Buffer.alloc(5000))
    expect(other.entries.get('k')).toBe(entry)
  })

  it('of a store in this process are had at once, and of one that fails are none', async () => {
    const here = createCaches({ default: { store: memoryStore() } }).get('default')
    here.entries.set('k', page, null)
    expect(here.entries.getMany(['k', 'none'])).toEqual(new Map([['k', { value: page, expires: null }]]))
    const entry = here.entries.get('k') as Entry
    here.entries.remember('k', entry, { ...page })
    expect((here.entries.get('k') as Entry).value).toBe(page)

    const far = new ByteStore()
    const cache = createCaches({ default: { store: far } }).get('default')
    const errors = jest.fn()
    cache.on('error', errors)
    far.failure = new Error('refused')
    expect(await cache.entries.getMany(['k'])).toEqual(new Map())
    expect(errors).toHaveBeenCalledTimes(1)
    expect(cache.entries.getMany([])).toEqual(new Map())
  })
})
