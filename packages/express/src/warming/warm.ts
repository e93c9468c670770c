import { type RequestListener, validateHeaderName, validateHeaderValue } from 'node:http'
import { SettingsError, type Timeout } from '@sitecache/core'
import { checkOptions, func, type OptionParser, redact, refusal, wholeNumber } from '@sitecache/core/internal'
import { patience } from '../options/schema.js'
import type { PageOutcome } from './page-outcome.js'
import { inProcess, overNetwork } from './page-requester.js'
import { PageRequests } from './page-requests.js'

/** How pages are warmed. */
export interface WarmOptions {
  /**
   * Headers of each request: what the pages vary by.
   *
   * @default Accept-Encoding, as browsers send it: `gzip, deflate, br, zstd`
   */
  readonly headers?: Readonly<Record<string, string>>
  /** Requests at a time. @default 4 */
  readonly concurrency?: number
  /** The longest that a page may take, in seconds or as a duration such as '90s'. @default 60 s */
  readonly timeout?: Timeout
  /** The application that is asked, in this process and without a network. @default the servers that the URLs name */
  readonly app?: RequestListener
  /** Told of each page. What it throws ends the warming. */
  onProgress?(progress: WarmProgress): void
  /** Ends it early: what is under way is broken off, and counted as nothing. */
  readonly signal?: AbortSignal
}

/** One page that was asked for. */
export interface WarmProgress extends PageOutcome {
  readonly url: string
  readonly done: number
  readonly total: number
}

/** How many pages came to what. */
export type WarmResult = Readonly<Record<WarmProgress['outcome'] | 'total', number>>

const DEFAULT_TIMEOUT_S = 60

/** What browsers send over TLS: a page that a middleware compresses is warmed as they will ask for it. */
const BROWSERS = { 'accept-encoding': 'gzip, deflate, br, zstd' }

/** Names of the headers, in lower case; what they hold may be a credential, and is in no error. */
const headers: OptionParser<Readonly<Record<string, string>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(path, 'an object of request headers', typeof value)
  const lower: Record<string, string> = {}
  for (const [name, text] of Object.entries(value)) {
    if (!isHeader(name, text))
      throw new SettingsError(
        `${path} must be an object of request headers; that of the name '${name}' is none`,
      )
    lower[name.toLowerCase()] = String(text)
  }
  return lower
}

function isHeader(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, typeof value === 'string' ? value : '\n')
    return true
  } catch {
    return false
  }
}

const signal: OptionParser<AbortSignal> = (value, path) => {
  if (value instanceof AbortSignal) return value
  throw refusal(path, 'an AbortSignal', value)
}

const onProgress = func<NonNullable<WarmOptions['onProgress']>>()
const app = func<RequestListener>()
const schema = { headers, concurrency: wholeNumber(1), timeout: patience, app, onProgress, signal }

/**
 * Asks for pages, so that they are stored before visitors ask. A page that can't be had is counted and told, and stops nothing.
 * Redirects are not followed: what is kept is what a URL itself answers.
 *
 * @param urls absolute; what two of them name alike is asked for once
 * @returns how many came to what; ended early, fewer than `total`
 * @example await warm(['https://example.com/', 'https://example.com/pricing'], { headers: { 'accept-language': 'de' }, app })
 * @throws SettingsError for an option, and for what is no absolute URL; and what `onProgress` throws
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
      const asked = await requests.ask(location)
      if (asked === undefined) return
      result[asked.outcome] += 1
      done += 1
      options.onProgress?.({ url, ...asked, done, total: pages.length })
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

interface Wanted {
  readonly url: string
  readonly location: URL
}

/** The pages, each once: a fragment is the browser's affair. */
function pagesOf(urls: Iterable<string>): Wanted[] {
  const pages = new Map<string, Wanted>()
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
