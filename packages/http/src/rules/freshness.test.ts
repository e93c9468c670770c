import { describe, expect, it } from '@jest/globals'
import {
  formatHttpDate,
  freshnessLifetime,
  type HeaderMap,
  initialAge,
  type Lifetime,
  type LifetimeFacts,
} from '../index.js'

const now = Date.UTC(2026, 5, 1, 12)
const at = (seconds: number): string => formatHttpDate(now + seconds * 1000)
const DAY = 24 * 60 * 60

const lifetime = (headers: HeaderMap, facts: Partial<LifetimeFacts> = {}): Lifetime =>
  freshnessLifetime({ policy: 'rfc9111', siteTimeout: 600, status: 200, now, headers, ...facts })

describe('freshnessLifetime', () => {
  describe("the application's own timeout", () => {
    const headers = { 'cache-control': 's-maxage=5, max-age=6', expires: at(7) }

    it.each([
      [60, 60],
      [0, 0],
      [null, Number.POSITIVE_INFINITY],
    ])('of %p outranks all', (timeout, seconds) => {
      expect(lifetime(headers, { timeout })).toEqual({ seconds, source: 'timeout' })
    })
  })

  describe.each(['django', 'rfc9111'] as const)('RFC 9111 §4.2.1, policy %s', (policy) => {
    it.each<[string, HeaderMap, Lifetime]>([
      [
        's-maxage first',
        { 'cache-control': 'max-age=6, s-maxage=5', expires: at(7) },
        { seconds: 5, source: 's-maxage' },
      ],
      ['then max-age', { 'cache-control': 'max-age=6', expires: at(7) }, { seconds: 6, source: 'max-age' }],
      ['then Expires', { 'cache-control': 'public', expires: at(7) }, { seconds: 7, source: 'expires' }],
      ['an s-maxage of 0', { 'cache-control': 's-maxage=0, max-age=6' }, { seconds: 0, source: 's-maxage' }],
      [
        'an unreadable max-age as 0',
        { 'cache-control': 'max-age=x', expires: at(7) },
        { seconds: 0, source: 'max-age' },
      ],
      [
        'the smallest of several lines',
        { 'cache-control': ['max-age=9', 'max-age=8'] },
        { seconds: 8, source: 'max-age' },
      ],
    ])('takes %s', (_, headers, expected) => expect(lifetime(headers, { policy })).toEqual(expected))

    it('reckons Expires from Date', () => {
      expect(lifetime({ expires: at(60), date: at(-30) }, { policy }).seconds).toBe(90)
      expect(lifetime({ expires: at(60), date: at(30) }, { policy }).seconds).toBe(30)
    })

    it('reckons Expires from now where Date is absent or no date', () => {
      expect(lifetime({ expires: at(60) }, { policy }).seconds).toBe(60)
      expect(lifetime({ expires: at(60), date: 'today' }, { policy }).seconds).toBe(60)
    })

    it.each([
      ['0'],
      ['-1'],
      [''],
      ['never'],
      ['2026-06-02T00:00:00Z'],
      ['Mon, 31 Jun 2026 00:00:00 GMT'],
      [0],
      [[at(60), at(90)]],
    ])('RFC 9111 §5.3: takes an Expires of %p for the past', (expires) => {
      expect(lifetime({ expires }, { policy })).toEqual({ seconds: 0, source: 'expires' })
    })

    it('is negative for an Expires that has passed', () => {
      expect(lifetime({ expires: at(-60) }, { policy })).toEqual({ seconds: -60, source: 'expires' })
    })
  })

  describe("policy 'django', without a word from the response", () => {
    it.each([
      [600, 600],
      [null, Number.POSITIVE_INFINITY],
    ])("takes the site's timeout of %p", (siteTimeout, seconds) => {
      const facts = { policy: 'django', siteTimeout } as const
      expect(lifetime({ 'last-modified': at(-DAY) }, facts)).toEqual({ seconds, source: 'site' })
    })
  })

  describe("RFC 9111 §4.2.2: policy 'rfc9111', heuristics", () => {
    it('takes a tenth of the time since the last change', () => {
      expect(lifetime({ 'last-modified': at(-1000) })).toEqual({ seconds: 100, source: 'heuristic' })
      expect(lifetime({ 'last-modified': at(-1000), date: at(-500) }).seconds).toBe(50)
    })

    it('takes a day at the most, and nothing below 0', () => {
      expect(lifetime({ 'last-modified': at(-1000 * DAY) }).seconds).toBe(DAY)
      expect(lifetime({ 'last-modified': at(1000) }).seconds).toBe(0)
    })

    it.each([{}, { 'last-modified': 'yesterday' }])('is stale from the start with %p', (headers) => {
      expect(lifetime(headers)).toEqual({ seconds: 0, source: 'heuristic' })
    })

    it.each([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])('allows status %i', (status) => {
      expect(lifetime({ 'last-modified': at(-1000) }, { status }).source).toBe('heuristic')
    })

    it.each([201, 302, 307, 403, 500, 503])('allows status %i only with public', (status) => {
      const headers = { 'last-modified': at(-1000) }
      expect(lifetime(headers, { status }).source).toBe('none')
      expect(lifetime({ ...headers, 'cache-control': 'public' }, { status }).source).toBe('heuristic')
    })
  })

  describe('RFC 9213 §2.2: targeted fields', () => {
    const targeted = ['sitecache-control', 'cdn-cache-control']
    const headers = { 'cache-control': 'max-age=6', 'cdn-cache-control': 'max-age=60', expires: at(7) }

    it('go before Cache-Control, in the order of the list', () => {
      expect(lifetime(headers, { targeted }).seconds).toBe(60)
      expect(lifetime({ ...headers, 'sitecache-control': 'max-age=90' }, { targeted }).seconds).toBe(90)
    })

    it('put Expires out of force too', () => {
      expect(lifetime({ ...headers, 'cdn-cache-control': 'public' }, { targeted }).source).toBe('heuristic')
    })

    it.each(['', ' , ', 'max-age=60, &&', 'max-age =60', 'max-age="60"'])(
      'are passed over when they say nothing that is valid (RFC 9651): %p',
      (value) => {
        expect(lifetime({ ...headers, 'cdn-cache-control': value }, { targeted }).seconds).toBe(6)
      },
    )

    it('mean nothing unless they are asked for', () => {
      expect(lifetime(headers).seconds).toBe(6)
      expect(lifetime(headers, { policy: 'django' }).seconds).toBe(6)
      expect(lifetime(headers, { targeted, policy: 'django' }).seconds).toBe(60)
    })
  })
})

describe('initialAge', () => {
  const [asked, answered] = [now - 2000, now]

  it.each<[string, HeaderMap, number]>([
    ['the delay of the handler', {}, 2],
    ['Age and the delay', { age: '30' }, 32],
    ['the apparent age where that is more', { age: '3', date: at(-60) }, 60],
    ['nothing for a Date that is ahead', { date: at(60) }, 2],
    ['nothing for a Date that is none', { date: 'x' }, 2],
    ['an Age that is a number', { age: 30 }, 32],
    ['the first of several Ages (RFC 9111 §5.1)', { age: ['30', '90'] }, 32],
    ['nothing for an Age below 0', { age: '-30' }, 2],
    ['nothing for an Age that is no whole number', { age: '1.5' }, 2],
    ['2^31 for an Age beyond', { age: '9'.repeat(30) }, 2 ** 31 + 2],
  ])('RFC 9111 §4.2.3: counts %s', (_, headers, age) => {
    expect(initialAge(headers, asked, answered)).toBe(age)
  })

  it('is not below 0 when the clock was set back', () => {
    expect(initialAge({}, now + 5000, now)).toBe(0)
  })
})
