import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { TimeRing } from './ring.js'

describe('a ring', () => {
  it('has the sums of the last steps, whenever something was added', () => {
    const added = fc.array(fc.tuple(fc.integer({ min: -90, max: 40 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 50,
    })
    fc.assert(
      fc.property(added, fc.integer({ min: 1, max: 10 }), (steps, count) => {
        const ring = new TimeRing(10, 1000, 2)
        let now = 1_000_000
        let all: { readonly step: number; readonly value: number; readonly isOld: boolean }[] = []
        for (const [wait, value] of steps) {
          const before = Math.floor(now / 1000)
          now += wait * 250
          const step = Math.floor(now / 1000)
          // A clock that was set back takes along what it has seen in its future.
          all = all.map((it) => (it.step > step ? { ...it, step: it.step - (before - step) } : it))
          // What it holds no longer, or need not, may come back with a clock that is set back.
          all = all.map((it) => (it.step > step - 10 ? it : { ...it, isOld: true }))
          all.push({ step, value, isOld: false })
          const at = ring.rowAt(now) + 1
          ring.data[at] = (ring.data[at] ?? 0) + value
        }
        const first = Math.floor(now / 1000) - count + 1
        const within = all.filter(({ step }) => step >= first)
        const total = (of: typeof all) => of.reduce((sum, { value }) => sum + value, 0)
        const [, sum = 0] = ring.sum(now, count)
        expect(sum).toBeGreaterThanOrEqual(total(within.filter(({ isOld }) => !isOld)))
        expect(sum).toBeLessThanOrEqual(total(within))
        const column = ring.column(now, count, 1) ?? []
        expect(column.reduce((all, value) => all + value, 0)).toBe(sum)
      }),
      { numRuns: 1000 },
    )
  })

  it('goes on at once when the clock is set back by an hour', () => {
    const ring = new TimeRing(60, 1000, 1)
    const add = (now: number): void => {
      const at = ring.rowAt(now)
      ring.data[at] = (ring.data[at] ?? 0) + 1
    }
    add(10_000_000)
    add(10_001_000)
    expect(ring.sum(6_401_000, 60)).toEqual([2])
    add(6_402_000)
    expect(ring.column(6_402_000, 3, 0)).toEqual([1, 1, 1])
  })
})
