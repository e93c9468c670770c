import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { MAX_INPUTS, mergeInputs, tooManyInputs } from './merge.js'

const lists = fc.array(fc.constantFrom('accept', 'cookie:a', 'session', 'locals:*', 'req:t'), {
  maxLength: 6,
})

describe('mergeInputs', () => {
  it('is the sorted union, and the same array when nothing is new', () => {
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const known = mergeInputs([], a)
        const merged = mergeInputs(known, new Set(b))
        expect(merged).toEqual([...new Set([...a, ...b])].sort())
        expect(mergeInputs(merged, b)).toBe(merged)
      }),
    )
  })
})

describe('tooManyInputs', () => {
  it(`is true of more than ${MAX_INPUTS}`, () => {
    const names = Array.from({ length: MAX_INPUTS }, (_, i) => `x-${i}`)
    expect(tooManyInputs(names)).toBe(false)
    expect(tooManyInputs([...names, 'x'])).toBe(true)
  })
})
