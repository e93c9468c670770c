const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`

/** RFC 9110 §5.6.7: IMF-fixdate, rfc850-date, asctime-date. */
const forms = [
  new RegExp(`^[a-z]{3}, (?<day>\\d\\d) (?<month>[a-z]{3}) (?<year>\\d{4}) ${time} GMT$`, 'i'),
  new RegExp(`^[a-z]{6,9}, (?<day>\\d\\d)-(?<month>[a-z]{3})-(?<year>\\d\\d) ${time} GMT$`, 'i'),
  new RegExp(`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`, 'i'),
]

/**
 * Parses an HTTP-date. `Date.parse` accepts other formats, and reads two-digit years differently.
 *
 * @param now milliseconds since the epoch: decides the century of an rfc850-date
 * @returns milliseconds since the epoch; undefined for an invalid date
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const known = dates.get(text)
  if (known !== undefined) return known
  const fields = forms.map((form) => form.exec(text.trim())?.groups).find((groups) => groups !== undefined)
  if (fields === undefined) return undefined
  const [month, day] = [months.indexOf(String(fields.month).toLowerCase()), Number(fields.day)]
  const [hour, minute, second] = [Number(fields.hour), Number(fields.minute), Number(fields.second)]
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const year = String(fields.year).length === 2 ? fullYear(Number(fields.year), now) : Number(fields.year)
  const ms = Date.UTC(year, month, day, hour, minute, second)
  // Date.UTC turns 31 February into March, and the year 94 into 1994: both are invalid.
  const date = new Date(Date.UTC(year, month, day))
  return date.getUTCDate() === day && date.getUTCFullYear() === year ? ms : undefined
}

/** RFC 9110 §5.6.7: the last year with these digits that is at most 50 years ahead. */
function fullYear(twoDigits: number, now: number): number {
  const latest = new Date(now).getUTCFullYear() + 50
  return latest - ((latest - twoDigits) % 100)
}

/**
 * Dates that were formatted lately, in both directions: most pages are stored and read within
 * seconds.
 */
const texts = new Map<number, string>()
const dates = new Map<string, number>()
const MAX_DATES = 100

/** Formats an IMF-fixdate (RFC 9110 §5.6.7). @param ms milliseconds since the epoch */
export function formatHttpDate(ms: number): string {
  const second = Math.floor(ms / 1000)
  const known = texts.get(second)
  if (known !== undefined) return known
  if (texts.size >= MAX_DATES) {
    texts.clear()
    dates.clear()
  }
  const text = new Date(second * 1000).toUTCString()
  texts.set(second, text)
  // A longer text, after the year 9999, is no IMF-fixdate.
  if (text.length === 29) dates.set(text, second * 1000)
  return text
}
