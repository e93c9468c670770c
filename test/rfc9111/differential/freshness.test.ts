import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Case, type Comparison, ours, theirs } from './answers.js'
import { base, differences } from './differences.js'
import { cases } from './heads.js'

/**
 * What http-cache-semantics decides on the same heads and clocks. Where the two differ, one of `differences` says why; a difference
 * that none of them is about is a failure.
 */
describe('a known difference from http-cache-semantics', () => {
  it.each(Object.entries(differences))('%s', (_name, { compares, applies, example, answers }) => {
    const it = { ...base, ...example }
    const [left, right] = [ours(it), theirs(it)]
    const compared = compares.find((one) => left[one] === answers[0] && right[one] === answers[1])
    expect({ ours: left, theirs: right, compared }).toMatchObject({ compared: expect.any(String) })
    expect(applies(it)).toBe(true)
  })
})

describe('any head, at any time', () => {
  const explained = (it: Case, one: Comparison): boolean =>
    Object.values(differences).some(({ compares, applies }) => compares.includes(one) && applies(it))

  it.each(['storable', 'lifetime', 'age'] as const)(
    'is judged as http-cache-semantics does, known differences apart: %s',
    (one) => {
      let [unexplained, differing] = [0, 0]
      fc.assert(
        fc.property(cases, (it) => {
          const [left, right] = [ours(it)[one], theirs(it)[one]]
          if (left !== right) differing += 1
          if (explained(it, one)) return
          unexplained += 1
          expect({ it, answer: left }).toEqual({ it, answer: right })
        }),
        { numRuns: 20_000 },
      )
      // The comparison is not explained away.
      expect(unexplained).toBeGreaterThan(1000)
      expect(differing).toBeGreaterThan(0)
    },
  )
})
