import {
  browserUse,
  cdnUse,
  type HeaderMap,
  parseCacheStatus,
  REASONS,
  RESULTS,
  type Reason,
  type Result,
  reasonLines,
  toldOutcome,
} from '@sitecache/http'
import type { SiteResponse } from './ask.js'

/** Fate of a request at one layer of cache, as Cache-Status tells it. */
export interface ToldLayer {
  /** Name of the layer in Cache-Status. */
  readonly name: string
  readonly result: Result
  readonly reason?: Reason | undefined
  /** Seconds for which the page stays fresh. */
  readonly ttl?: number | undefined
}

/** A response, explained by nothing but its head. */
export interface ExplainedResponse {
  readonly status: number
  readonly bytes: number
  readonly ms: number
  /** Fields that concern caches; cookies by name. */
  readonly fields: Readonly<Record<string, string>>
  readonly layers: readonly ToldLayer[]
  readonly browser: string
  readonly cdn: string
}

const shown = [
  'cache-status',
  'age',
  'cache-control',
  'cdn-cache-control',
  'expires',
  'vary',
  'etag',
  'last-modified',
  'set-cookie',
  'sitecache-explain',
]

/** Explains a response by its head. @param sent headers of the request, names in lower case */
export function explainResponse(
  { status, headers, bytes, ms }: SiteResponse,
  sent: HeaderMap,
  now: number,
): ExplainedResponse {
  const present = shown.filter((name) => headers[name] !== undefined)
  return {
    status,
    bytes,
    ms: Math.round(ms),
    fields: Object.fromEntries(present.map((name) => [name, shownValue(name, headers[name])])),
    layers: layersIn(String(headers['cache-status'] ?? ''), Number(headers.age ?? 0)),
    browser: browserText(headers, now),
    cdn: cdnText(status, headers, sent, now),
  }
}

function shownValue(name: string, value: string | string[] | undefined): string {
  const lines = Array.isArray(value) ? value : [String(value)]
  // The value of a cookie may be a session.
  return lines.map((line) => (name === 'set-cookie' ? (line.split('=', 1)[0] ?? '') : line)).join(', ')
}

/** The member nearest to the handler stands first. */
function layersIn(cacheStatus: string, age: number): readonly ToldLayer[] {
  const members = cacheStatus.split(/,\s*(?=sitecache(?:\/[\w.-]+)?(?:\s*;|\s*$))/)
  return members.flatMap((member) => {
    const [name = ''] = /^\s*sitecache(?:\/[\w.-]+)?(?=\s*(?:;|$))/.exec(member) ?? []
    const told = name === '' || parseCacheStatus(member) === undefined ? undefined : toldOutcome(member, age)
    return told === undefined
      ? []
      : [{ name: name.trim(), result: told.result, reason: told.reason, ttl: told.ttl }]
  })
}

function browserText(headers: HeaderMap, now: number): string {
  const { reason, seconds } = browserUse(headers, now)
  if (reason !== undefined) return `A browser keeps nothing (${reason}).`
  if (seconds === undefined) return 'A browser may keep it for as long as it guesses.'
  return seconds > 0 ? `A browser uses it for ${seconds} s.` : 'A browser asks for it each time.'
}

function cdnText(status: number, headers: HeaderMap, requestHeaders: HeaderMap, now: number): string {
  const { reason, seconds } = cdnUse(status, headers, requestHeaders, now)
  if (reason !== undefined) return `A CDN keeps nothing (${reason}).`
  if (seconds === undefined) return 'A CDN may keep it for as long as it guesses.'
  return `A CDN uses it for ${seconds} s.`
}

/** Formats it for a terminal. */
export function linesOf({ status, bytes, ms, fields, layers, browser, cdn }: ExplainedResponse): string[] {
  const told = Object.entries(fields).map(([name, value]) => `  ${name.padEnd(20)}${value}`)
  const results = layers.map(({ name, result }) => `  ${name}: ${result}. ${RESULTS[result].means}`)
  const reasons = new Set(layers.map(({ reason }) => reason).filter((reason) => reason !== undefined))
  const remedies = [...reasons].flatMap((reason) => [
    '',
    ...reasonLines(reason, REASONS[reason]).map((line) => `  ${line}`),
  ])
  const none =
    layers.length > 0
      ? []
      : ['  No layer of sitecache has told of itself: none is on the way, or its cacheStatus is off.']
  return [
    `  ${status}, ${bytes} bytes in ${ms} ms`,
    ...told,
    '',
    ...results,
    ...none,
    `  ${browser} ${cdn}`,
    ...remedies,
  ]
}
