import { describe, expect, it } from '@jest/globals'
import { quantile } from './quantile.js'
import { ratiosOf } from './ratios.js'

describe('quantile', () => {
  const bounds = [1, 2, 4]

  it.each([
    [[4, 0, 0, 0], 0.5, 0.5],
    [[0, 4, 0, 0], 0.5, 1.5],
    [[2, 2, 0, 0], 0.5, 1],
    [[2, 2, 0, 0], 0.75, 1.5],
    [[0, 0, 0, 3], 0.99, 4],
    [[1, 0, 1, 0], 1, 4],
  ])('of %j at %d is %d', (counts, q, value) => {
    expect(quantile(counts, bounds, q)).toBeCloseTo(value)
  })

  it('is none where nothing was observed', () => {
    expect(quantile([0, 0, 0, 0], bounds, 0.5)).toBeUndefined()
    expect(quantile([], bounds, 0.5)).toBeUndefined()
  })
})

describe('the ratios', () => {
  it('leave out what went past the cache, and count as offloaded no page that the handler confirmed', () => {
    const ratios = ratiosOf({ hit: 5, stale: 1, revalidated: 2, miss: 2, bypass: 90 })
    expect(ratios).toMatchObject({ all: 100, lookedUp: 10, served: 8, servedRatio: 0.8, offloadRatio: 0.6 })
  })

  it('are none where nothing was looked up', () => {
    expect(ratiosOf({ bypass: 3 })).toMatchObject({ servedRatio: undefined, offloadRatio: undefined })
  })
})
