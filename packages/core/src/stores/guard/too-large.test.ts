import { describe, expect, it } from '@jest/globals'
import { createCaches, guardStore, type StoredValue, TooLargeError } from '@sitecache/core'
import { ByteStore } from '@sitecache/test-support/byte-store'

/** A store that takes ten bytes an entry. */
class SmallStore extends ByteStore {
  override async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    if (value.byteLength > 10) throw new TooLargeError('over 10 bytes')
    await super.set(key, value, expires)
  }
}

function setUp(onError: 'miss' | 'throw') {
  const store = guardStore(new SmallStore(), { failures: 2 })
  const cache = createCaches({ default: { store, onError } }).get('default')
  const errors: unknown[] = []
  cache.on('error', ({ error }) => errors.push(error))
  return { cache, errors }
}

describe('an entry over the item limit of a store', () => {
  it.each(['miss', 'throw'] as const)(
    "is a counted skip and no error, with onError: '%s'",
    async (onError) => {
      const { cache, errors } = setUp(onError)
      await cache.set('k', 'x'.repeat(100))
      await cache.entries.set(cache.makeKey('page'), Buffer.alloc(100), null)
      expect(await cache.getOrSet('computed', () => 'y'.repeat(100))).toBe('y'.repeat(100))
      expect(await cache.stats()).toMatchObject({ skips: { 'too-large': 3 }, sets: 0, errors: 0 })
      expect(errors).toEqual([])
    },
  )

  it('does not make the store count as down', async () => {
    const { cache } = setUp('miss')
    for (let i = 0; i < 5; i += 1) await cache.set('k', 'x'.repeat(100))
    await cache.set('small', 1)
    expect(await cache.get('small')).toBe(1)
    expect(await cache.stats()).toMatchObject({ circuit: 'closed' })
  })
})
