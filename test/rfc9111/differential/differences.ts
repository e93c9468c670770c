import { parseHttpDate } from '@sitecache/http'
import { at, type Case, type Comparison, DAY, now } from './answers.js'

/** Why the two answers differ. */
export interface Difference {
  readonly clause: string
  readonly compares: readonly Comparison[]
  applies(it: Case): boolean
  /** One in which they differ, and what each says: ours, theirs. */
  readonly example: Partial<Case>
  readonly answers: readonly [ours: unknown, theirs: unknown]
}

/** What an example changes. */
export const base: Case = { status: 200, request: {}, response: {}, later: 0 }
const control = ({ response }: Case): string => response['cache-control'] ?? ''
const says =
  (pattern: RegExp) =>
  (it: Case): boolean =>
    pattern.test(control(it)) || pattern.test(it.request['cache-control'] ?? '')
const of = (cacheControl: string, more: Readonly<Record<string, string>> = {}): Partial<Case> => ({
  response: { 'cache-control': cacheControl, ...more },
})

/** Does Date.parse read a date as HTTP does? */
const readAlike = (text: string | undefined): boolean =>
  text === undefined || Object.is(parseHttpDate(text, now) ?? Number.NaN, Date.parse(text))
const readDate = (text: string | undefined): number | undefined => parseHttpDate(text ?? '', now)
/** Seconds from the last change to the response. */
const unchangedFor = ({ response }: Case): number =>
  ((readDate(response.date) ?? now) - (readDate(response['last-modified']) ?? now)) / 1000
const hasExplicit = (it: Case): boolean => /max-?age/i.test(control(it)) || it.response.expires !== undefined

const theirStatuses = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501])
const all: readonly Comparison[] = ['storable', 'lifetime']

/** Every known difference, with an example of it. */
export const differences: Readonly<Record<string, Difference>> = {
  'any final status may be stored that says for how long': {
    clause: 'RFC 9111 §3: a status need be understood only for must-understand',
    compares: all,
    applies: (it) => !theirStatuses.has(it.status),
    example: { status: 403, ...of('max-age=60') },
    answers: [true, false],
  },
  'must-understand outranks no-store where the status is understood': {
    clause: 'RFC 9111 §5.2.2.3',
    compares: all,
    applies: says(/must-understand/i),
    example: of('must-understand, no-store, max-age=60'),
    answers: [true, false],
  },
  'directives have no letter case': {
    clause: 'RFC 9111 §5.2',
    compares: all,
    applies: says(/[A-Z]/),
    example: of('No-Store'),
    answers: [false, true],
  },
  'a comma in quotes parts nothing': {
    clause: 'RFC 9110 §5.6.4',
    compares: all,
    applies: says(/"[^"]*,[^"]*"/),
    example: of('x="a, no-store, b", max-age=60'),
    answers: [true, false],
  },
  'a semicolon is taken for the comma that was meant': {
    clause: 'ours: a slip must not make a page everybody’s; nginx and Varnish read it so too',
    compares: all,
    applies: says(/;/),
    example: of('private; max-age=60'),
    answers: [false, true],
  },
  'private that names fields lets the rest be stored': {
    clause: 'RFC 9111 §5.2.2.7',
    compares: all,
    applies: says(/private=/),
    example: of('private="x-name", max-age=60'),
    answers: [true, false],
  },
  'no-cache that names fields lets the rest be fresh': {
    clause: 'RFC 9111 §5.2.2.4',
    compares: all,
    applies: says(/no-cache=/),
    example: of('no-cache="x-name", max-age=60'),
    answers: [60, 0],
  },
  'no-cache without a validator is not worth storing': {
    clause:
      'ours: RFC 9111 §5.2.2.4 wants it validated before each use, and there is nothing to validate it by',
    compares: all,
    applies: (it) => says(/no-cache/)(it) && readDate(it.response['last-modified']) === undefined,
    example: of('no-cache'),
    answers: [false, true],
  },
  'Pragma means nothing in a response': {
    clause: 'RFC 9111 §5.4',
    compares: ['lifetime'],
    applies: ({ response }) => response.pragma !== undefined,
    example: { response: { pragma: 'no-cache', expires: at(60) } },
    answers: [60, 0],
  },
  'Vary: * is not worth storing': {
    clause: 'RFC 9111 §4.1: it never matches',
    compares: all,
    applies: ({ response }) => /\*/.test(response.vary ?? ''),
    example: of('max-age=60', { vary: '*' }),
    answers: [false, true],
  },
  'Set-Cookie alone makes nothing stale': {
    clause: 'RFC 9111 §7.3; whether to store such a page is an option of ours, theirs is an opinion',
    compares: ['lifetime'],
    applies: ({ response }) => response['set-cookie'] !== undefined,
    example: of('max-age=60', { 'set-cookie': 'a=1' }),
    answers: [60, 0],
  },
  'Content-Range on a status other than 206': {
    clause: 'ours: RFC 9110 §14.4 gives it no meaning there, and whoever sends it may have sent a part',
    compares: all,
    applies: ({ response }) => response['content-range'] !== undefined,
    example: of('max-age=60', { 'content-range': 'bytes 0-1/9' }),
    answers: [false, true],
  },
  'proxy-revalidate forbids stale use, not fresh use': {
    clause: 'RFC 9111 §5.2.2.8',
    compares: ['lifetime'],
    applies: says(/proxy-revalidate/i),
    example: of('proxy-revalidate, max-age=60'),
    answers: [60, 0],
  },
  'immutable makes nothing fresh by itself': {
    clause:
      'RFC 8246 §2: it speaks of the time in which a response is fresh; theirs is a day in milliseconds, taken for seconds',
    compares: ['lifetime'],
    applies: says(/immutable/i),
    example: of('immutable'),
    answers: [0, DAY * 1000],
  },
  'of two lifetimes the smaller counts': {
    clause: 'RFC 9111 §4.2.1: use the first, or consider the response stale',
    compares: all,
    applies: says(/(max-?age)\b.*\1\b/i),
    example: of('max-age=10, max-age=90'),
    answers: [10, 90],
  },
  'a lifetime that can’t be read is 0': {
    clause:
      'RFC 9111 §4.2.1: invalid freshness information makes a response stale; parseInt reads much that is none',
    compares: all,
    applies: says(/max-?age(?:=(?!"?\d+"?\s*(?:,|$))|\s*(?:,|$))/i),
    example: of('max-age=60s'),
    answers: [0, 60],
  },
  'a lifetime ends at 2^31 seconds': {
    clause: 'RFC 9111 §1.2.2',
    compares: ['lifetime'],
    applies: says(/\d{10}/),
    example: of('max-age=9999999999'),
    answers: [2 ** 31, 9_999_999_999],
  },
  'dates are HTTP-dates, and an RFC 850 year is near': {
    clause: 'RFC 9110 §5.6.7: Date.parse reads what is none, asctime in local time, and two digits otherwise',
    compares: all,
    applies: ({ response }) =>
      [response.date, response.expires, response['last-modified']].some((text) => !readAlike(text)),
    example: { response: { expires: '2026-06-02' } },
    answers: [0, DAY / 2],
  },
  'an empty field is there': {
    clause: 'RFC 9111 §5.3: an Expires that is no date has passed',
    compares: all,
    applies: ({ response }) => response.expires === '',
    example: { response: { expires: '', 'last-modified': at(-10 * DAY) } },
    answers: [0, DAY],
  },
  'a heuristic lifetime ends at a day': {
    clause: 'RFC 9111 §4.2.2: heuristics are ours to choose; a day is what it hints at',
    compares: ['lifetime'],
    applies: (it) => !hasExplicit(it) && unchangedFor(it) > 10 * DAY,
    example: { response: { 'last-modified': at(-100 * DAY) } },
    answers: [DAY, 10 * DAY],
  },
  'a Date that is past is age': {
    clause: 'RFC 9111 §4.2.3: apparent_age',
    compares: ['age'],
    applies: ({ response }) => (readDate(response.date) ?? now) < now,
    example: { response: { date: at(-30) } },
    answers: [30, 0],
  },
  'an Age that can’t be read is none': {
    clause: 'RFC 9111 §5.1: of a list the first counts; an invalid one is ignored',
    compares: ['age'],
    applies: ({ response }) => !/^\d{1,9}$/.test(response.age ?? '0'),
    example: { response: { age: '-5' } },
    answers: [0, -5],
  },
}
