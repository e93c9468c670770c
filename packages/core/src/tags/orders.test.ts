import { describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, memoryStore, type Store } from '@sitecache/core'
import { decorateStore } from '@sitecache/core/store'
import { inOrder } from '@sitecache/test-support/in-order'
import { TurnStore } from '@sitecache/test-support/turn-store'
import fc from 'fast-check'

const TAGS = ['a', 'b'] as const
const KEYS = ['k', 'l'] as const

const step = fc.record({
  kind: fc.constantFrom('set', 'getOrSet', 'get', 'getMany', 'invalidate', 'soft', 'clear', 'lose', 'pass'),
  key: fc.constantFrom(...KEYS),
  tags: fc.subarray([...TAGS], { minLength: 1 }),
  process: fc.nat({ max: 1 }),
  /** Whether the next step begins before this one has ended. */
  together: fc.boolean(),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A value says when its computation began, on the test's own clock, and what it is tagged with. */
interface Value {
  readonly began: number
  /** Nobody knows when a value that is set was computed: it is as old as its `set`, which may overlap a purge. */
  readonly isSet: boolean
  readonly tags: readonly string[]
}

/** Two processes over one store, and what the test knows of purges that have ended. */
class World {
  readonly #caches: readonly Cache[]
  readonly #store: Store
  readonly #purged = new Map<string, number>()
  readonly #setEnded = new Map<number, number>()
  #ticks = 0
  #passed = 0

  constructor(makeStore: (now: () => number) => Store) {
    const now = () => 1_700_000_000_000 + this.#passed
    this.#store = makeStore(now)
    const make = () => createCaches({ default: { store: this.#store, timeout: 100 } }, { now }).get('default')
    this.#caches = [make(), make()]
  }

  get store(): Store {
    return this.#store
  }

  async run({ kind, key, tags, process }: Step): Promise<void> {
    const cache = this.#caches[process] ?? this.#caches[0]
    if (cache === undefined) throw new Error('no cache')
    if (kind === 'set') await this.#set(cache, key, tags)
    else if (kind === 'getOrSet') await this.#getOrSet(cache, key, tags)
    else if (kind === 'get') await this.#get(cache, [key])
    else if (kind === 'getMany') await this.#get(cache, KEYS)
    else if (kind === 'clear') {
      // Clocks go on: an epoch that is made anew is later than the one before.
      this.#passed += 1
      await cache.clear()
    } else if (kind === 'lose') await this.#store.delete(`::tag:purged:=${tags[0]}`)
    else if (kind === 'pass') this.#passed += 40_000
    else {
      const began = ++this.#ticks
      await cache.invalidateTags(...tags, { soft: kind === 'soft' })
      for (const tag of tags) this.#purged.set(tag, Math.max(began, this.#purged.get(tag) ?? 0))
    }
  }

  async #set(cache: Cache, key: string, tags: readonly string[]): Promise<void> {
    const value = this.#value(tags, true)
    await cache.set(key, value, { tags })
    this.#setEnded.set(value.began, ++this.#ticks)
  }

  async #get(cache: Cache, keys: readonly string[]): Promise<void> {
    const purged = new Map(this.#purged)
    for (const value of (await cache.getMany<Value>(keys)).values()) this.#check(value, purged)
  }

  async #getOrSet(cache: Cache, key: string, tags: readonly string[]): Promise<void> {
    const purged = new Map(this.#purged)
    const compute = async () => {
      const value = this.#value(tags)
      await this.#store.get('computing takes a turn')
      return value
    }
    this.#check(await cache.getOrSet(key, compute, { tags }), purged)
  }

  #value(tags: readonly string[], isSet = false): Value {
    return { began: ++this.#ticks, isSet, tags }
  }

  #check({ began, isSet, tags }: Value, purged: ReadonlyMap<string, number>): void {
    const made = isSet ? (this.#setEnded.get(began) ?? Number.POSITIVE_INFINITY) : began
    for (const tag of tags) expect(made).toBeGreaterThan(purged.get(tag) ?? 0)
  }
}

describe('whatever is set, computed, purged, cleared, lost and expires, and in whatever order', () => {
  it('nothing is answered that began before a purge of its tags which had ended: a store elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 14 }),
        fc.infiniteStream(fc.nat({ max: 20 })),
        async (steps, picks) => {
          const world = new World((now) => new TurnStore(now))
          await (world.store as TurnStore).play(
            inOrder(steps, (one) => world.run(one)),
            () => picks.next().value,
          )
        },
      ),
      { numRuns: 300 },
    )
  }, 60_000)

  it('nor by a store in this process', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 30 }), async (steps) => {
        const world = new World((now) => memoryStore({ now }))
        await inOrder(steps, (one) => world.run(one))
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})

it.each(['purged', 'purged and hard'])(
  'a slow soft purge brings back nothing of a later one that was lost: %s',
  async (lost) => {
    const memory = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const store = decorateStore(memory, async (operation, run, keys) => {
      const answer = await run()
      const isSoft = operation === 'get' && [...keys].includes('::tag:purged:=a')
      const then = isSoft ? meanwhile : undefined
      if (then !== undefined) meanwhile = undefined
      await then?.()
      return answer
    })
    const [slow, other] = [store, store].map((it) => createCaches({ default: { store: it } }).get('default'))
    if (slow === undefined || other === undefined) throw new Error('there are two')
    await other.set('k', 'first', { tags: ['a'] })
    meanwhile = async () => {
      await other.set('k', 'before the purge', { tags: ['a'] })
      await other.invalidateTags('a')
      await memory.delete('::tag:purged:=a')
      if (lost !== 'purged') await memory.delete('::tag:hard:=a')
    }
    await slow.invalidateTags('a', { soft: true })
    expect(await other.get('k')).toBeUndefined()
    expect(await other.getOrSet('k', () => 'new', { tags: ['a'], staleWhileRevalidate: 60 })).toBe('new')
  },
)
