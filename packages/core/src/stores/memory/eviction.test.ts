import { describe, expect, it } from '@jest/globals'
import { memoryStore, SettingsError } from '../../index.js'
import { SegmentEntries } from './segment-entries.js'

const bytes = (length: number) => Buffer.alloc(length)
const page = (length: number) => ({
  byteLength: length,
  encode: () => [bytes(length)],
  parts: () => ({ head: 'head', body: bytes(length), restore }),
})
const restore = (head: string, body: Buffer) => ({
  head,
  body,
  byteLength: body.length,
  encode: () => [body],
})

/** Sets pages that nobody asks for. */
function crawl(store: SegmentEntries, from: number, to: number, length = 6000) {
  for (let i = from; i < to; i++) store.set(`crawled ${i}`, page(length), null)
}

describe('eviction by S3-FIFO', () => {
  it('keeps what is asked for through a crawl of any length', () => {
    const store = new SegmentEntries({ maxBytes: 4 * 2 ** 20 })
    for (let i = 0; i < 100; i++) store.set(`hot ${i}`, page(6000), null)
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 100; i++) expect(store.get(`hot ${i}`)).toBeDefined()
      crawl(store, round * 1000, round * 1000 + 1000)
    }
  })

  it('drops what is not asked for any more', () => {
    const store = new SegmentEntries({ maxBytes: 2 ** 20 })
    store.set('once hot', page(6000), null)
    for (let i = 0; i < 9; i++) store.get('once hot')
    for (let i = 0; i < 1000; i++) {
      store.set(`next ${i}`, page(6000), null)
      store.get(`next ${i}`)
    }
    expect(store.get('once hot')).toBeUndefined()
  })

  it('takes one that comes again soon for one that is asked for', () => {
    const store = new SegmentEntries({ maxBytes: 2 ** 20 })
    crawl(store, 0, 300)
    store.set('again', page(6000), null)
    for (let i = 300; store.peek('again') !== undefined; i++) crawl(store, i, i + 1)
    store.set('again', page(6000), null)
    crawl(store, 1000, 1500)
    expect(store.get('again')).toBeDefined()
  })

  it('keeps a large page, of a store that is full, when it comes the second time', () => {
    const store = new SegmentEntries({ maxBytes: 2 ** 20 })
    const evicted: string[] = []
    store.set('first', page(100_000), null)
    expect(store.get('first')).toBeDefined()
    crawl(store, 0, 300)
    store.onEvict((key) => evicted.push(key))
    store.set('large', page(100_000), null)
    expect([store.get('large'), evicted]).toEqual([undefined, ['large']])
    store.set('large', page(100_000), null)
    expect(store.get('large')).toBeDefined()
  })

  it('tells of each entry that it drops, once', () => {
    const store = new SegmentEntries({ maxBytes: 2 ** 20 })
    const evicted: string[] = []
    store.onEvict((key) => evicted.push(key))
    crawl(store, 0, 500)
    expect(evicted.length).toBe(500 - (store.stats().entries ?? 0))
    expect(new Set(evicted).size).toBe(evicted.length)
    for (const key of evicted) expect(store.peek(key)).toBeUndefined()
  })

  it('gives room back of what was replaced, before it drops anything', () => {
    const store = new SegmentEntries({ maxBytes: 8 * 2 ** 20 })
    const keys = Array.from({ length: 1300 }, (_, i) => `kept ${i}`)
    for (const key of keys) {
      store.set(key, page(1000), null)
      store.set(`replaced with ${key}`, page(3000), null)
    }
    for (let round = 0; round < 5; round++)
      for (const key of keys) store.set(`replaced with ${key}`, page(3000), null)
    expect(keys.filter((key) => store.peek(key) === undefined)).toEqual([])
  })

  it('overwrites nothing that was handed out', () => {
    const store = new SegmentEntries({ maxBytes: 8 * 2 ** 20 })
    const held: Buffer[] = []
    for (let i = 0; i < 6000; i++) {
      const body = Buffer.alloc(6000, i)
      store.set(`k${i}`, { ...page(6000), parts: () => ({ head: '', body, restore }) }, null)
      // In some segments one was asked for, in others none.
      const value = i % 30 === 0 ? store.get(`k${i}`)?.value : undefined
      if (value !== undefined && 'body' in value) held.push(value.body as Buffer)
    }
    expect(held.length).toBe(200)
    for (const [i, view] of held.entries()) expect(view.equals(Buffer.alloc(6000, i * 30))).toBe(true)
  })

  it('finds keys whatever their hashes are', () => {
    const store = new SegmentEntries({ maxBytes: 8 * 2 ** 20 })
    for (let i = 0; i < 20_000; i++) store.set(`${i}`, bytes(1), null)
    for (let i = 0; i < 20_000; i += 2) expect(store.delete(`${i}`)).toBe(true)
    for (let i = 0; i < 20_000; i++) expect(store.peek(`${i}`) !== undefined).toBe(i % 2 === 1)
  })
})

describe('memoryStore({ eviction })', () => {
  it("of 'lru' drops the least recently used", async () => {
    const store = memoryStore({ maxEntries: 2, eviction: 'lru' })
    for (const key of ['a', 'b']) await store.set(key, bytes(1), null)
    await store.get('a')
    await store.set('c', bytes(1), null)
    expect([...(await store.getMany(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c'])
  })

  it('refuses any other word', () => {
    expect(() => memoryStore({ eviction: 'fifo' as 'lru' })).toThrow(SettingsError)
    expect(() => memoryStore({ eviction: 'fifo' as 'lru' })).toThrow(
      /memoryStore\(\)\.eviction must be 's3-fifo' or 'lru'; got 'fifo'/,
    )
  })
})
