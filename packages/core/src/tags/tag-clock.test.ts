import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Cache, createCaches, dummyStore, memoryStore, ValueError } from '../index.js'
import { BaseStore } from '../stores/base-store.js'
import { decorateStore } from '../stores/decorate.js'
import type { Entry, Store } from '../stores/store.js'
import { bytesOf, type StoredValue } from '../stores/stored-value.js'

/** A store whose every operation waits for its turn, which a test gives in an order of its own. */
class TurnStore extends BaseStore {
  readonly name = 'turns'
  /** Waits for turns alone, however long a busy machine takes. */
  readonly isBounded = true
  readonly #entries = new Map<string, Buffer>()
  readonly waiting: (() => void)[] = []
  failure: Error | undefined

  async get(key: string): Promise<Entry | undefined> {
    await this.#turn()
    const value = this.#entries.get(key)
    return value && { value, expires: null }
  }

  async set(key: string, value: StoredValue): Promise<void> {
    await this.#turn()
    this.#entries.set(key, Buffer.from(bytesOf(value)))
  }

  async delete(key: string): Promise<boolean> {
    await this.#turn()
    return this.#entries.delete(key)
  }

  async clear(): Promise<void> {
    this.#entries.clear()
  }

  override async add(key: string, value: StoredValue): Promise<boolean> {
    await this.#turn()
    if (this.#entries.has(key)) return false
    this.#entries.set(key, Buffer.from(bytesOf(value)))
    return true
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    await this.#turn()
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    const sum = Number(value.toString()) + delta
    this.#entries.set(key, Buffer.from(String(sum)))
    return sum
  }

  #turn(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve) => this.waiting.push(resolve))
  }
}

const cacheOn = (store: Store): Cache => createCaches({ default: { store } }).get('default')

/** Gives turns until the work is done: `pick` chooses whose is next. */
async function play<T>(store: TurnStore, work: Promise<T>, pick: (count: number) => number): Promise<T> {
  let done = false
  const finished = work.finally(() => {
    done = true
  })
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve))
    if (store.waiting.length > 0)
      store.waiting.splice(pick(store.waiting.length) % store.waiting.length, 1)[0]?.()
  }
  return finished
}

describe('a tag', () => {
  it('makes what was stored before out of date, and not what comes after', async () => {
    const { tags } = cacheOn(memoryStore())
    tags.keep(['x'], null)
    const before = { key: 'k', tags: ['a', 'b'], since: Number(tags.keep(['a', 'b'], null)) }
    expect(tags.verdict(before, Number(tags.now()))).toBe('valid')
    await tags.invalidate(['b'])
    expect(tags.verdict(before, Number(tags.now()))).toBe('invalid')
    const after = { ...before, since: Number(tags.now()) }
    expect(tags.verdict(after, Number(tags.now()))).toBe('valid')
    await tags.invalidate(['c'])
    expect(tags.verdict(after, Number(tags.now()))).toBe('valid')
    expect(tags.verdict({ ...before, tags: ['x'] }, Number(tags.now()))).toBe('valid')
  })

  it('makes it stale when it is invalidated softly', async () => {
    const { tags } = cacheOn(memoryStore())
    const it = { key: 'k', tags: ['a'], since: Number(tags.keep(['a'], null)) }
    await tags.invalidate(['a'], { soft: true })
    expect(tags.verdict(it, Number(tags.now()))).toBe('stale')
    await tags.invalidate(['a'])
    expect(tags.verdict(it, Number(tags.now()))).toBe('invalid')
  })

  it('is not forgotten with a clock that was lost', async () => {
    const cache = cacheOn(memoryStore())
    const it = { key: 'k', tags: ['a'], since: Number(cache.tags.keep(['a'], null)) }
    await cache.store.delete(cache.tags.epochKey)
    await cache.tags.invalidate(['a'])
    expect(cache.tags.verdict(it, Number(cache.tags.now()))).toBe('invalid')
  })

  it.each(['x', '', '-1', '9'.repeat(40)])('whose tick is garbage is out of date: %p', async (garbage) => {
    const store = memoryStore()
    const cache = cacheOn(store)
    const it = { key: 'k', tags: ['a'], since: Number(cache.tags.keep(['a'], null)) }
    await cache.tags.invalidate(['a'])
    await store.set('::tag:purged:=a', Buffer.from(garbage), null)
    expect(cache.tags.verdict(it, Number(cache.tags.now()))).toBe('invalid')
    await cache.tags.invalidate(['a'])
    const after = { ...it, since: Number(cache.tags.now()) }
    await cache.tags.invalidate(['b'])
    expect(cache.tags.verdict(after, Number(cache.tags.now()))).toBe('valid')
  })

  it.each([[''], [1 as never]])('is a text, and not an empty one, as %p', async (tag) => {
    await expect(cacheOn(memoryStore()).tags.invalidate([tag])).rejects.toThrow(ValueError)
  })

  it.each(['x'.repeat(257), 'x'.repeat(5000), 'a\ud800'])(
    'that is not to be kept is hashed: %#',
    async (tag) => {
      const cache = cacheOn(memoryStore())
      await cache.set('k', 1, { tags: [tag] })
      await cache.set('other', 2, { tags: [`${tag}b`, 'a\ud801'] })
      await cache.tags.invalidate([tag])
      expect([await cache.get('k'), await cache.get('other')]).toEqual([undefined, 2])
    },
  )

  it('is invalidated in a store that keeps nothing, too', async () => {
    for (const store of [dummyStore(), decorateStore(dummyStore(), (_operation, run) => run())]) {
      const cache = cacheOn(store)
      await cache.set('k', 1, { tags: ['a'] })
      await cache.tags.invalidate(['a', 'b'])
      await cache.tags.invalidate(['a'], { soft: true })
      expect(await cache.get('k')).toBeUndefined()
      expect((await cache.stats()).errors).toBe(0)
    }
  })

  it('that a store could not be told of is an error for whoever invalidates, and a miss for who reads', async () => {
    const store = new TurnStore()
    const cache = cacheOn(store)
    store.failure = new Error('down')
    await expect(cache.tags.invalidate(['a'])).rejects.toThrow(/may still be served: down/)
    expect(await cache.tags.verdict({ key: 'k', tags: ['a'], since: 1 }, 2)).toBe('invalid')
    expect((await cache.stats()).errors).toBe(2)
  })
})

describe('whatever the order of reads, writes and invalidations', () => {
  it('nothing that was made before an invalidation is valid after it', async () => {
    const step = fc.record({ pick: fc.nat(), tag: fc.constantFrom('a', 'b') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (steps, picks) => {
          const store = new TurnStore()
          const { tags } = cacheOn(store)
          const pick = (): number => picks.next().value
          let key = 0
          const invalidate = async (tag: string): Promise<void> => {
            key += 1
            const since = await tags.keep(['a', 'b'], null)
            const made = { key: String(key), tags: ['a', 'b'], since }
            await tags.invalidate([tag])
            const epoch = tags.epochOf(await store.get(tags.epochKey))
            expect(await tags.verdict(made, epoch)).toBe('invalid')
          }
          const read = async (tag: string): Promise<void> => {
            const made = { key: `read ${tag}`, tags: [tag], since: Number(await tags.now()) }
            await tags.verdict(made, tags.epochOf(await store.get(tags.epochKey)))
          }
          const all = steps.flatMap(({ tag }) => [invalidate(tag), read(tag)])
          await play(store, Promise.all(all), pick)
          const late = {
            key: 'late',
            tags: ['a', 'b'],
            since: Number(await play(store, Promise.resolve(tags.now()), pick)),
          }
          const epoch = tags.epochOf(await play(store, store.get(tags.epochKey), pick))
          expect(await play(store, Promise.resolve(tags.verdict(late, epoch)), pick)).toBe('valid')
        },
      ),
      { numRuns: 150 },
    )
  }, 30_000)
})
