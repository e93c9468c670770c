import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import Negotiator from 'negotiator'
import { bucketValue } from './buckets.js'

const languages = fc.uniqueArray(fc.constantFrom('en', 'fr', 'de-CH', 'zh-Hant', 'pt'), { maxLength: 4 })
const range = fc.constantFrom('en', 'en-GB', 'EN', 'fr', 'de', 'de-CH', 'zh', '*', 'x', '', '-', 'i-default')
const weight = fc.constantFrom('', ';q=0', ';q=0.5', ';q=1', ';q=', ';q=x', ';Q=0.2', ' ; q=0.9')
const accept = fc.oneof(
  fc
    .array(
      fc.tuple(range, weight).map((parts) => parts.join('')),
      { maxLength: 5 },
    )
    .map((list) => list.join(',')),
  fc.string(),
)

describe('a bucket of Accept-Language', () => {
  it('is one of its languages, the one that handlers choose by negotiator, or none', () => {
    fc.assert(
      fc.property(accept, languages, (value, list) => {
        const bucket = bucketValue('accept-language', list, value, {})
        expect([...list, '']).toContain(bucket)
        const negotiator = new Negotiator({ headers: { 'accept-language': value } })
        expect(bucket).toBe(negotiator.language([...list]) ?? '')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a bucket of cookies', () => {
  const names = ['a', 'b']
  const value = fc.string({ unit: fc.constantFrom(...'01"=, '), maxLength: 3 })
  const pair = fc.tuple(fc.constantFrom('a', 'b', 'c', 'A', '_ga'), value)
  const pairs = fc.array(pair, { maxLength: 5 })
  const header = (list: readonly (readonly [string, string])[]): string =>
    list.map((one) => one.join('=')).join('; ')
  const of = (list: readonly (readonly [string, string])[]): string | undefined =>
    bucketValue('cookie', names, header(list), {})

  it('is the same for two lists only if the cookies that count are', () => {
    // White space around a value is none of it.
    const counted = (list: readonly (readonly [string, string])[]): string =>
      JSON.stringify(
        names.map((name) => list.filter(([own]) => own === name).map(([, text]) => text.trimEnd())),
      )
    fc.assert(
      fc.property(pairs, pairs, (a, b) => expect(of(a) === of(b)).toBe(counted(a) === counted(b))),
      { numRuns: 3000 },
    )
  })

  it('does not change with the other cookies, wherever they stand', () => {
    const others = fc.array(fc.tuple(fc.constantFrom('c', '_ga', 'A'), value), { maxLength: 4 })
    fc.assert(
      fc.property(pairs, others, fc.nat(), (own, more, at) => {
        const counting = own.filter(([name]) => names.includes(name))
        const cut = at % (counting.length + 1)
        expect(of([...counting.slice(0, cut), ...more, ...counting.slice(cut)])).toBe(of(counting))
      }),
    )
  })
})

describe('any bucket', () => {
  it('has an answer for any value, and never throws', () => {
    const header = fc.constantFrom('cookie', 'accept-language', 'x-device', '__proto__')
    const bucket = fc.array(fc.string(), { maxLength: 3 })
    fc.assert(
      fc.property(header, bucket, fc.option(fc.string(), { nil: undefined }), (name, list, value) => {
        expect(bucketValue(name, list, value, {}) === undefined).toBe(value === undefined)
      }),
      { numRuns: 1000 },
    )
  })
})
