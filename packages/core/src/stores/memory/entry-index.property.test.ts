import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { EntryIndex, NOWHERE } from './entry-index.js'

/** Few hashes, so that many keys share one, and a table has long runs. */
const hash = fc.constantFrom(0, 1, 2, 7, 8, -1, 2 ** 30)
const step = fc.tuple(fc.constantFrom('add', 'delete', 'move'), fc.nat(30), hash)

describe('EntryIndex', () => {
  it('finds what a map would, whatever was added, moved and deleted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const keys = new Map<number, string>()
        const index = new EntryIndex({ hasKey: (location, key) => keys.get(location) === key }, 2 ** 16)
        const known = new Map<string, { hash: number; location: number }>()
        let next = 0
        for (const [what, number, wanted] of steps) {
          const key = `k${number}`
          const there = known.get(key)
          if (what === 'add' && there === undefined) {
            keys.set(next, key)
            index.add(wanted, next)
            known.set(key, { hash: wanted, location: next })
          } else if (there !== undefined && what === 'delete') {
            index.delete(there.hash, there.location)
            known.delete(key)
          } else if (there !== undefined && what === 'move') {
            keys.set(next, key)
            index.move(there.hash, there.location, next)
            known.set(key, { hash: there.hash, location: next })
          }
          next += 1
          for (const [name, it] of known) expect(index.find(it.hash, name)).toBe(it.location)
          if (!known.has(key)) expect(index.find(wanted, key)).toBe(NOWHERE)
        }
      }),
      { numRuns: 200 },
    )
  })
})
