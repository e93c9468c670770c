import { browserUse, cdnUse, type HeaderMap, REASONS, type Reason } from '@sitecache/http'
import type { Downstream, DownstreamCache } from './explanation.js'

/** A response as others see it. */
export interface SentResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: HeaderMap
}

/**
 * Judges a response as a browser does, and as a shared cache that obeys `CDN-Cache-Control`.
 *
 * @param requestHeaders names in lower case
 */
export function explainDownstream(
  { status, headers }: SentResponse,
  requestHeaders: HeaderMap,
  now: number,
): Downstream {
  const browser = browserUse(headers, now)
  const cdn = cdnUse(status, headers, requestHeaders, now)
  return {
    browser: cacheOf('A browser', browser.reason, browser.seconds),
    cdn: cacheOf('A CDN', cdn.reason, cdn.seconds),
  }
}

function cacheOf(who: string, reason: Reason | undefined, seconds: number | undefined): DownstreamCache {
  const stores = reason === undefined
  return {
    stores,
    reason,
    seconds: seconds === undefined || !Number.isFinite(seconds) ? null : seconds,
    text: `${who} ${useOf(reason, seconds)}`,
  }
}

function useOf(reason: Reason | undefined, seconds: number | undefined): string {
  if (reason !== undefined) {
    const { means } = REASONS[reason]
    return `keeps nothing (${reason}): ${means.charAt(0).toLowerCase()}${means.slice(1)}`
  }
  if (seconds === undefined) return 'may keep it for as long as it guesses: the response says no lifetime.'
  if (seconds <= 0) return 'keeps it, and asks whether it still holds each time.'
  return Number.isFinite(seconds) ? `uses it for ${seconds} s.` : 'uses it forever.'
}
