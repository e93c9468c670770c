import type { RequestListener } from 'node:http'
import { SettingsError, type Timeout } from '@sitecache/core'
import { checkOptions, func, type OptionParser, redact, refusal, wholeNumber } from '@sitecache/core/internal'
import { headers } from '../options/request-headers.js'
import { patience } from '../options/schema.js'
import type { PageOutcome } from './page-outcome.js'
import { inProcess, overNetwork } from './page-requester.js'
import { PageRequests } from './page-requests.js'

/** Options of `warm`. */
export interface WarmOptions {
  /**
   * Headers of each request: those by which the pages vary.
   *
   * @default Accept-Encoding, as browsers send it: `gzip, deflate, br, zstd`
   */
  readonly headers?: Readonly<Record<string, string>>
  /** Concurrent requests. @default 4 */
  readonly concurrency?: number
  /** Longest time for a page, in seconds or as a duration such as `'90s'`. @default 60 seconds */
  readonly timeout?: Timeout
  /**
   * Application to request pages from, in this process and without a network.
   *
   * @default the servers that the URLs name
   */
  readonly app?: RequestListener
  /** Called after each page. An error that it throws ends the warm-up. */
  onProgress?(progress: WarmProgress): void
  /** Ends the warm-up early: requests under way are aborted and not counted. */
  readonly signal?: AbortSignal
}

/** Outcome of one page, and the progress of the warm-up. */
export interface WarmProgress extends PageOutcome {
  readonly url: string
  readonly done: number
  readonly total: number
}

/** Counts of pages by outcome. */
export type WarmResult = Readonly<Record<WarmProgress['outcome'] | 'total', number>>

const DEFAULT_TIMEOUT_S = 60

/** Headers that browsers send over TLS: a compressed page is warmed in their encoding. */
const BROWSERS = { 'accept-encoding': 'gzip, deflate, br, zstd' }

const signal: OptionParser<AbortSignal> = (value, path) => {
  if (value instanceof AbortSignal) return value
  throw refusal(path, 'an AbortSignal', value)
}

const onProgress = func<NonNullable<WarmOptions['onProgress']>>()
const app = func<RequestListener>()
const schema = { headers, concurrency: wholeNumber(1), timeout: patience, app, onProgress, signal }

/**
 * Requests pages, so that they are stored before visitors come. A page that fails is counted and
 * doesn't stop the others. Redirects are not followed: each URL's own response is stored.
 *
 * @param urls absolute; duplicates are requested once
 * @param options see `WarmOptions`. @default {}
 * @returns counts by outcome; fewer than `total` when ended early
 * @example
 * const urls = ['https://example.com/', 'https://example.com/pricing']
 * await warm(urls, { headers: { 'accept-language': 'de' }, app })
 * @throws SettingsError for an option or a URL that is not absolute; an error that `onProgress`
 *   throws
 */
export async function warm(urls: Iterable<string>, options: WarmOptions = {}): Promise<WarmResult> {
  const checked = checkOptions(options, schema, 'warm')
  const { concurrency = 4, timeout = DEFAULT_TIMEOUT_S } = checked
  const pages = pagesOf(urls)
  const result = { total: pages.length, hit: 0, stored: 0, 'not-stored': 0, failed: 0 }
  const requester = checked.app === undefined ? overNetwork() : inProcess(checked.app)
  const requests = new PageRequests(requester, { ...BROWSERS, ...checked.headers }, timeout * 1000)
  const stop = (): void => requests.end()
  if (checked.signal?.aborted === true) stop()
  checked.signal?.addEventListener('abort', stop, { once: true })
  const queue = pages.values()
  let done = 0
  const worker = async (): Promise<void> => {
    for (const { url, location } of queue) {
      const page = await requests.request(location)
      if (page === undefined) return
      result[page.outcome] += 1
      done += 1
      options.onProgress?.({ url, ...page, done, total: pages.length })
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, pages.length) }, worker))
  } finally {
    requests.end()
    checked.signal?.removeEventListener('abort', stop)
  }
  return result
}

interface PageUrl {
  readonly url: string
  readonly location: URL
}

/** Returns the pages without duplicates: a fragment is never sent to a server. */
function pagesOf(urls: Iterable<string>): PageUrl[] {
  if (typeof urls !== 'object' || typeof urls?.[Symbol.iterator] !== 'function')
    throw refusal('warm(): urls', "a list of URLs, such as ['https://example.com/']", urls)
  const pages = new Map<string, PageUrl>()
  for (const url of urls) {
    const location = locationOf(url)
    location.hash = ''
    if (!pages.has(location.href)) pages.set(location.href, { url, location })
  }
  return [...pages.values()]
}

function locationOf(url: string): URL {
  const location = URL.canParse(url) ? new URL(url) : undefined
  if (location === undefined || !/^https?:$/.test(location.protocol))
    throw new SettingsError(
      `warm needs absolute URLs, such as 'https://example.com/a?b=c'; got '${redact(String(url))}'`,
    )
  if (location.username !== '' || location.password !== '')
    throw new SettingsError(
      `warm takes no user and password in a URL: give headers.authorization; got '${redact(url)}'`,
    )
  return location
}
