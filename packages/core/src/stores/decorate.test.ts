import { describe, expect, it } from '@jest/globals'
import { storeContract } from '../testing/index.js'
import { type Around, decorateStore, type StoreOperation } from './decorate.js'
import { memoryStore } from './memory.js'
import type { Store } from './store.js'

const value = Buffer.from('1')

/** One call of each operation, with the keys that `around` is to see. */
const calls: readonly [StoreOperation, readonly string[], (store: Store) => unknown][] = [
  ['get', ['k'], (store) => store.get('k')],
  ['set', ['k'], (store) => store.set('k', value, null)],
  ['delete', ['k'], (store) => store.delete('k')],
  ['clear', ['a:'], (store) => store.clear('a:')],
  ['add', ['k'], (store) => store.add('k', value, null)],
  ['has', ['k'], (store) => store.has('k')],
  ['touch', ['k'], (store) => store.touch('k', null)],
  ['incr', ['k'], (store) => store.incr('k', 1)],
  ['compareDelete', ['k'], (store) => store.compareDelete?.('k', value)],
  ['compareTouch', ['k'], (store) => store.compareTouch?.('k', value, null)],
  ['getMany', ['a', 'b'], (store) => store.getMany(['a', 'b'])],
  ['setMany', ['a', 'b'], (store) => store.setMany(new Map(['a', 'b'].map((key) => [key, value])), null)],
  ['deleteMany', ['a', 'b'], (store) => store.deleteMany(['a', 'b'])],
  ['check', [], (store) => store.check()],
  ['stats', [], (store) => store.stats()],
  ['close', [], (store) => store.close()],
]

const through: Around = (_, run) => run()

storeContract('a decorated store', ({ now }) => decorateStore(memoryStore({ now }), through), {
  globals: { describe, it, expect: (actual) => expect(actual) as never },
})

describe('decorateStore', () => {
  it.each(calls)('runs %s through the function, with its keys', async (operation, keys, call) => {
    const seen: [StoreOperation, string[]][] = []
    const store = decorateStore(memoryStore(), (name, run, given) => {
      seen.push([name, [...given]])
      return run()
    })
    await call(store)
    expect(seen).toEqual([[operation, keys]])
  })

  it.each(calls)('asks nothing of the store when the function refuses %s', async (_, __, call) => {
    const memory = memoryStore()
    await memory.set('k', value, null)
    const store = decorateStore(memory, () => Promise.reject(new Error('refused')))
    await expect(call(store)).rejects.toThrow('refused')
    expect(await memory.has('k')).toBe(true)
  })

  it('has the optional members of the store, and no others', () => {
    const bare = Object.assign(memoryStore(), { compareDelete: undefined })
    expect(decorateStore(bare, through).compareDelete).toBeUndefined()
    const store = decorateStore(memoryStore(), through)
    expect([typeof store.compareDelete, typeof store.compareTouch, typeof store.onEvict]).toEqual(
      Array(3).fill('function'),
    )
    // A hit from these would not pass through the function.
    expect([store.sync, store.near]).toEqual([undefined, undefined])
  })

  it('hears evictions of the store', async () => {
    const store = decorateStore(memoryStore({ maxEntries: 1 }), through)
    const evicted: string[] = []
    const stop = store.onEvict?.((key) => evicted.push(key))
    for (const key of ['a', 'b']) await store.set(key, value, null)
    stop?.()
    await store.set('c', value, null)
    expect(evicted).toEqual(['a'])
  })

  it('prefers members of its own', async () => {
    const store = decorateStore(memoryStore(), () => Promise.reject(new Error('not asked')), {
      name: 'mine',
      has: async () => true,
    })
    expect([store.name, await store.has('k')]).toEqual(['mine', true])
  })
})
