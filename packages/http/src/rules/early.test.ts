import { describe, expect, it } from '@jest/globals'
import { isDueEarly } from '../index.js'

describe('isDueEarly', () => {
  const page = { expires: 100_000, renderMs: 1000 }

  it.each([
    [1, 99_999, false],
    [1, 100_000, true],
    [Math.exp(-1), 98_999, false],
    [Math.exp(-1), 99_000, true],
    [Math.exp(-10), 90_000, true],
    [0, 99_000, true],
  ])('random %d at %d ms: %p', (random, now, due) => expect(isDueEarly(page, 1, random, now)).toBe(due))

  it('is due earlier with a larger beta, and for what takes longer', () => {
    expect(isDueEarly(page, 2, Math.exp(-1), 98_000)).toBe(true)
    expect(isDueEarly({ ...page, renderMs: 5000 }, 1, Math.exp(-1), 95_000)).toBe(true)
  })

  it('is never due where nothing ends, or nothing takes time', () => {
    expect(isDueEarly({ expires: Number.POSITIVE_INFINITY, renderMs: 1000 }, 1, 1e-9, 0)).toBe(false)
    expect(isDueEarly({ ...page, renderMs: 0 }, 1, 1e-9, 99_999)).toBe(false)
  })

  it('comes once on average in the time that a render takes, per e-fold of requests', () => {
    let due = 0
    for (let i = 1; i <= 10_000; i++) if (isDueEarly(page, 1, i / 10_000, 99_000)) due += 1
    expect(due).toBe(3678)
  })
})
