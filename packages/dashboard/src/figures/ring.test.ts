import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { TimeRing } from './ring.js'

describe('a ring', () => {
  it('has the sums of the last steps, whenever something was added', () => {
    const added = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 50,
    })
    fc.assert(
      fc.property(added, fc.integer({ min: 1, max: 10 }), (steps, count) => {
        const ring = new TimeRing(10, 1000, 2)
        let now = 0
        const all: [number, number][] = []
        for (const [wait, value] of steps) {
          now += wait * 250
          const at = ring.rowAt(now) + 1
          ring.data[at] = (ring.data[at] ?? 0) + value
          all.push([Math.floor(now / 1000), value])
        }
        const first = Math.floor(now / 1000) - count + 1
        const expected = all.filter(([step]) => step >= first).reduce((sum, [, value]) => sum + value, 0)
        expect(ring.sum(now, count)).toEqual([0, expected])
        const column = ring.column(now, count, 1) ?? []
        expect(column.reduce((sum, value) => sum + value, 0)).toBe(expected)
      }),
    )
  })
})
