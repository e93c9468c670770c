import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatHttpDate, parseHttpDate } from '../index.js'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number): string => String(number).padStart(2, '0')

/** RFC 9110 §5.6.7, written from its grammar. */
const forms: Readonly<Record<string, (date: Date) => string>> = {
  'IMF-fixdate': (date) =>
    `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time(date)} GMT`,
  'rfc850-date': (date) =>
    `${longDays[date.getUTCDay()]}, ${two(date.getUTCDate())}-${months[date.getUTCMonth()]}-${two(date.getUTCFullYear() % 100)} ${time(date)} GMT`,
  'asctime-date': (date) =>
    `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${time(date)} ${date.getUTCFullYear()}`,
}

function time(date: Date): string {
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
}

const YEAR = 365 * 24 * 60 * 60 * 1000
const clocks = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2400, 0, 1) })
const seconds = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 })

describe('parseHttpDate', () => {
  it.each(['IMF-fixdate', 'asctime-date'])(
    'reads any %s as it was meant, whatever the clock says',
    (form) => {
      fc.assert(
        fc.property(seconds, clocks, (second, now) => {
          const date = new Date(second * 1000)
          expect(parseHttpDate(forms[form]?.(date) ?? '', now)).toBe(second * 1000)
        }),
        { numRuns: 1000 },
      )
    },
  )

  it('reads any rfc850-date within the last 48 and the next 48 years as it was meant', () => {
    fc.assert(
      fc.property(clocks, fc.integer({ min: -48 * YEAR, max: 48 * YEAR }), (now, distance) => {
        const meant = Math.floor((now + distance) / 1000) * 1000
        expect(parseHttpDate(forms['rfc850-date']?.(new Date(meant)) ?? '', now)).toBe(meant)
      }),
      { numRuns: 1000 },
    )
  })

  it('agrees with Date.parse about every IMF-fixdate of which a letter has changed, where both read it', () => {
    const letters = fc.constantFrom(...'0123456789 :,-GMTJanSu\0é')
    fc.assert(
      fc.property(seconds, fc.nat(28), letters, (second, at, letter) => {
        const text = formatHttpDate(second * 1000)
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        const [ours, theirs] = [parseHttpDate(changed, 0), Date.parse(changed)]
        // Node reads a leap second, or a day that the month lacks, in its own way; HTTP has
        // neither's day of the week.
        if (ours !== undefined && !Number.isNaN(theirs) && !/:60 /.test(changed)) expect(ours).toBe(theirs)
      }),
      { numRuns: 2000 },
    )
  })

  it('answers a time or nothing, and never throws', () => {
    const piece = fc.constantFrom(
      'Sun',
      'Sunday',
      ', ',
      ' ',
      '-',
      '06',
      '6',
      'Nov',
      '1994',
      '94',
      '08:49:37',
      'GMT',
      '31',
      'Feb',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 10 }).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(texts, clocks, (text, now) => {
        const time = parseHttpDate(text, now)
        expect(time === undefined || Number.isInteger(time)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('formatHttpDate', () => {
  it('is the IMF-fixdate of the second', () => {
    fc.assert(
      fc.property(seconds, fc.nat(999), (second, ms) => {
        expect(formatHttpDate(second * 1000 + ms)).toBe(forms['IMF-fixdate']?.(new Date(second * 1000)))
      }),
    )
  })
})
