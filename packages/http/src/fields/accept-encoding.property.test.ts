import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import Negotiator from 'negotiator'
import { reduceAcceptEncoding } from '../index.js'
import { acceptsCodings } from './accept-encoding.js'

const known = ['br', 'gzip', 'deflate', 'zstd', 'compress']
const names = fc.constantFrom(...known, 'identity', '*', 'x-gzip', 'lz4', 'GZip')
const weights = fc.constantFrom('', ';q=1', ';q=0', ';q=0.5', ' ; q=0.001', ';q=0.000', ';q=1.0')
const odd = fc.constantFrom(
  ';Q=0',
  ';q=',
  ';q=x',
  ';q=-1',
  ';q=0.00000',
  ';level=9',
  ';q=0;q=1',
  ';;q=0',
  '=0',
)

const list = (members: fc.Arbitrary<readonly [string, string]>) =>
  fc.uniqueArray(members, { selector: ([name]) => name.toLowerCase(), maxLength: 7 })
const written = (members: readonly (readonly [string, string])[]): string =>
  members.map((member) => member.join('')).join(', ')

/** As RFC 9110 has them. */
const regular = list(fc.tuple(names, weights)).map(written)
/** Few enough for two to come to the same. */
const short = fc.array(fc.tuple(names, fc.oneof(weights, odd)), { maxLength: 2 }).map(written)
/** And whatever else may come. */
const any = fc.oneof(
  regular,
  fc.array(fc.tuple(names, fc.oneof(weights, odd))).map(written),
  fc.string({ unit: fc.constantFrom(...'gzipbr*q=;,.01 \t"') }),
)

describe('reduceAcceptEncoding', () => {
  it('makes one of two values only where both read the same codings', () => {
    fc.assert(
      fc.property(short, short, (a, b) => {
        if (reduceAcceptEncoding(a) !== reduceAcceptEncoding(b)) return
        for (const coding of [...known, 'lz4', 'identity'])
          expect(acceptsCodings(a, coding)).toBe(acceptsCodings(b, coding))
      }),
      { numRuns: 3000 },
    )
  })

  it('is the same when its members change places', () => {
    fc.assert(
      fc.property(any, (value) => {
        expect(reduceAcceptEncoding(value.split(',').reverse().join(','))).toBe(reduceAcceptEncoding(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('reads its own first choice as the first choice again', () => {
    fc.assert(
      fc.property(any, (value) => {
        const [first = ''] = reduceAcceptEncoding(value).split('>')
        fc.pre(first !== '' && !first.startsWith('!'))
        expect(reduceAcceptEncoding(first.split('=').join(', '))).toBe(first)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('acceptsCodings', () => {
  it('agrees with negotiator, by which handlers choose, on every regular value', () => {
    fc.assert(
      fc.property(regular, fc.constantFrom(...known), (value, coding) => {
        // negotiator takes x-gzip for another coding than gzip; RFC 9110 §8.4.1.3 doesn't.
        const headers = { 'accept-encoding': value.replace(/x-gzip/g, 'exi') }
        const chosen = new Negotiator({ headers }).encodings([coding])
        fc.pre(!value.includes('x-gzip') || coding !== 'gzip')
        expect(acceptsCodings(value, coding)).toBe(chosen.includes(coding))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([';=",*', 'gzip;x=",br', '",*', 'gzip, br;q="0, *', 'br, "'])(
    'says yes to nothing where there is a quote: %s',
    (value) => {
      expect(acceptsCodings(value, 'br')).toBe(false)
    },
  )

  it('never says yes to what negotiator was told no', () => {
    fc.assert(
      fc.property(any, fc.constantFrom(...known), (value, coding) => {
        fc.pre(!/x-gzip|q=[^01]|q=$/i.test(value))
        if (new Negotiator({ headers: { 'accept-encoding': value } }).encodings([coding]).length > 0) return
        expect(acceptsCodings(value, coding)).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => typeof acceptsCodings(a, b) === 'boolean'))
  })
})
