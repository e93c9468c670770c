import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatHttpDate, parseHttpDate } from '../index.js'

const now = Date.UTC(2026, 5, 1)
const birthday = Date.UTC(1994, 10, 6, 8, 49, 37)

describe('parseHttpDate', () => {
  describe('RFC 9110 §5.6.7: the three forms', () => {
    it.each([
      ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
      ['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT'],
      ['asctime-date', 'Sun Nov  6 08:49:37 1994'],
      ['asctime-date, two digits', 'Sun Nov 06 08:49:37 1994'],
      ['white space around it', ' \tSun, 06 Nov 1994 08:49:37 GMT '],
      ['any letter case', 'sun, 06 NOV 1994 08:49:37 gmt'],
    ])('reads %s', (_, text) => expect(parseHttpDate(text, now)).toBe(birthday))

    it('reads a leap second as the next minute', () => {
      expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', now)).toBe(Date.UTC(2017, 0, 1))
    })
  })

  describe('RFC 9110 §5.6.7: the century of an RFC 850 date', () => {
    it.each([
      ['00', 2000],
      ['26', 2026],
      ['76', 2076],
      ['77', 1977],
      ['99', 1999],
    ])('takes %s for %i in 2026', (digits, year) => {
      const text = `Sunday, 01-Jun-${digits} 00:00:00 GMT`
      expect(parseHttpDate(text, now)).toBe(Date.UTC(year, 5, 1))
    })

    it('takes the next century for one that is near', () => {
      const text = 'Sunday, 01-Jun-05 00:00:00 GMT'
      expect(parseHttpDate(text, Date.UTC(2060, 0, 1))).toBe(Date.UTC(2105, 5, 1))
    })

    it('depends on the clock it is given', () => {
      const text = 'Sunday, 01-Jun-77 00:00:00 GMT'
      expect(parseHttpDate(text, Date.UTC(2030, 0, 1))).toBe(Date.UTC(2077, 5, 1))
    })
  })

  describe('what is no HTTP-date', () => {
    it.each([
      '',
      '0',
      '-1',
      'never',
      '1994-11-06T08:49:37Z',
      '784111777',
      'Sun, 06 Nov 1994 08:49:37',
      'Sun, 06 Nov 1994 08:49:37 UTC',
      'Sun, 06 Nov 1994 08:49:37 +0000',
      'Sun, 6 Nov 1994 08:49:37 GMT',
      'Sun, 06 Nov 94 08:49:37 GMT',
      'Sun, 06 Nov 1994 08:49 GMT',
      '06 Nov 1994 08:49:37 GMT',
      'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    ])('refuses the text %p', (text) => expect(parseHttpDate(text, now)).toBeUndefined())

    it.each([
      'Wed, 31 Feb 2026 00:00:00 GMT',
      'Sun, 29 Feb 2026 00:00:00 GMT',
      'Mon, 31 Apr 2026 00:00:00 GMT',
      'Sun, 00 Nov 1994 08:49:37 GMT',
      'Sun, 32 Dec 1994 08:49:37 GMT',
      'Sun, 06 Foo 1994 08:49:37 GMT',
      'Sun, 06 Nov 1994 24:00:00 GMT',
      'Sun, 06 Nov 1994 08:60:37 GMT',
      'Sun, 06 Nov 1994 08:49:61 GMT',
      'Sun, 06 Nov 0094 08:49:37 GMT',
      'Sun Nov 31 08:49:37 1994',
    ])('refuses the impossible date %p', (text) => expect(parseHttpDate(text, now)).toBeUndefined())

    it('knows 29 February in leap years', () => {
      expect(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT', now)).toBe(Date.UTC(2024, 1, 29))
    })
  })
})

describe('formatHttpDate', () => {
  it('is an IMF-fixdate, cut to the second', () => {
    expect(formatHttpDate(birthday)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(formatHttpDate(birthday + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
  })

  it('is read again as the same second', () => {
    const seconds = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        expect(parseHttpDate(formatHttpDate(second * 1000), now)).toBe(second * 1000)
      }),
    )
  })
})
