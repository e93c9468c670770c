import fc from 'fast-check'
import { at, type Case, DAY, now } from './answers.js'

const seconds = fc.constantFrom(-10 * DAY, -90, -1, 0, 1, 60, 61.5, 10 * DAY)
const rfc850 = (date: Date): string =>
  date.toUTCString().replace(/^(\w+), (\d+) (\w+) \d\d(\d\d)/, 'Someday, $2-$3-$4')
const oddDates = fc.oneof(
  seconds.map((offset) => rfc850(new Date(now + offset * 1000))),
  fc.constantFrom(
    ...['0', '', 'never', '2026-06-02', 'Sun Nov  6 08:49:37 1994', 'Mon, 31 Feb 2026 00:00:00 GMT'],
    ...['Sunday, 06-Nov-76 08:49:37 GMT', 'Sun, 6 Nov 1994 08:49:37 GMT', '1 Jun 2026 12:01 UTC'],
  ),
)
const plain = [
  ...[
    'max-age=60',
    'max-age=0',
    'max-age="60"',
    's-maxage=30',
    's-maxage=0',
    'public',
    'private',
    'no-store',
    'x',
  ],
  ...['must-revalidate', 'no-transform', 'stale-if-error=9', 'stale-while-revalidate=9', 'no-cache', ''],
]
const odd = [
  ...[
    'proxy-revalidate',
    'immutable',
    'must-understand',
    'Max-Age=60',
    'NO-STORE',
    'max-age',
    'max-age=',
    'max-age=x',
  ],
  ...[
    'max-age=1.5',
    'max-age=-1',
    'max-age=9999999999',
    's-maxage=',
    'x="a, no-store"',
    'private="x"',
    'no-cache="x"',
    'private; x',
  ],
]

function heads(
  directives: readonly string[],
  dates: fc.Arbitrary<string>,
  ages: readonly string[],
): fc.Arbitrary<Case> {
  const all = {
    'cache-control': fc
      .array(fc.constantFrom(...directives), { maxLength: 4 })
      .map((list) => list.join(', ')),
    date: dates,
    expires: dates,
    'last-modified': dates,
    age: fc.constantFrom(...ages),
    vary: fc.constantFrom('accept', 'accept, x-a', '*', 'accept, *'),
    'set-cookie': fc.constant('a=1'),
    pragma: fc.constant('no-cache'),
    'content-range': fc.constant('bytes 0-1/9'),
  }
  const asked = fc.constantFrom('no-store', 'no-cache', 'max-age=0', 'x')
  return fc.record({
    status: fc.constantFrom(200, 200, 200, 203, 204, 206, 301, 302, 307, 400, 403, 404, 410, 418, 500, 503),
    request: fc.record(
      { authorization: fc.constant('Bearer a'), 'cache-control': asked },
      { requiredKeys: [] },
    ),
    // Most heads have few fields: what one says must not be hidden by what another says.
    response: fc
      .subarray(Object.keys(all) as (keyof typeof all)[], { maxLength: 4 })
      .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, all[name]])))),
    later: fc.constantFrom(0, 1, 59, 60, 10 * DAY),
  })
}

/** Heads as they should be, and others. */
export const cases = fc.oneof(
  heads(plain, seconds.map(at), ['0', '5', '90']),
  heads([...plain, ...odd], fc.oneof(seconds.map(at), oddDates), [
    '5',
    '-5',
    'x',
    '1.5',
    '7, 8',
    '',
    '99999999999',
  ]),
)
