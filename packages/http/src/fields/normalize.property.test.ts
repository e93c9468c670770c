import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import Negotiator from 'negotiator'
import { normalizedValue } from './normalize.js'

const piece = fc.constantFrom('dark', 'light', 'a', ',', ',', ' ', '\t', '\xa0', '"', ';', '=', '-', 'DARK')
const lists = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))

const tag = fc.constantFrom('fr', 'en', 'de-CH', 'FR', '*')
const weight = fc.constantFrom('', ';q=1', ';q=0.5', ';q=0.50', ';q=0', '; q=0.9')
const oddWeight = fc.constantFrom(
  ';q=1e-9',
  ';q=x',
  ';Q=0',
  ';q=',
  ';q=0.0000001',
  ';level=1',
  ';q=0;q=1',
  ';q=.9',
)
const ranges = (weights: fc.Arbitrary<string>) =>
  fc
    .array(
      fc.tuple(tag, weights).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((members) => members.join(', '))
const languages = fc.oneof(ranges(weight), ranges(fc.oneof(weight, oddWeight)))

/** The first choice of a handler; of two that are wanted equally, whichever is named first. */
function choices(value: string): string {
  const negotiator = new Negotiator({ headers: { 'accept-language': value } })
  return ['fr', 'en', 'de-CH'].filter((language) => negotiator.language([language]) !== undefined).join()
}

describe('normalizedValue', () => {
  it('makes one of two values only where white space around commas alone tells them apart', () => {
    const model = (value: string): string =>
      /["\xa0]/.test(value) ? value : value.replace(/^[ \t]+|[ \t]+$|[ \t]*(,)[ \t]*/g, '$1')
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        expect(normalizedValue('x-a', a) === normalizedValue('x-a', b)).toBe(model(a) === model(b))
      }),
      { numRuns: 3000 },
    )
  })

  it('leaves fields that are no lists as they are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('cookie', 'user-agent', 'authorization', 'host', 'referer'),
        lists,
        (name, value) => {
          expect(normalizedValue(name, value)).toBe(value)
        },
      ),
    )
  })

  it('makes one of two Accept-Language only where handlers take the same languages', () => {
    fc.assert(
      fc.property(languages, languages, (a, b) => {
        if (normalizedValue('accept-language', a) !== normalizedValue('accept-language', b)) return
        expect(choices(a)).toBe(choices(b))
      }),
      { numRuns: 5000 },
    )
  })

  it('keeps the first choice of a client that has one, whatever another wrote to the same effect', () => {
    const wanted = fc.constantFrom('fr, en;q=0.9', 'en;q=0.5, fr', 'fr;q=0.9, en;q=0.5, *;q=0')
    fc.assert(
      fc.property(wanted, languages, (victim, attacker) => {
        if (normalizedValue('accept-language', victim) !== normalizedValue('accept-language', attacker))
          return
        const chosen = new Negotiator({ headers: { 'accept-language': attacker } }).language(['en', 'fr'])
        expect(chosen).toBe('fr')
      }),
      { numRuns: 5000 },
    )
  })

  it('changes nothing more when it is done twice, and never throws', () => {
    const names = fc.constantFrom('x-a', 'accept-language', 'accept', 'cookie')
    fc.assert(
      fc.property(names, fc.oneof(lists, languages, fc.string()), (name, value) => {
        const once = normalizedValue(name, value)
        expect(normalizedValue(name, once)).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })
})
