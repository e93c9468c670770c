import { createServer, type OutgoingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { checkOptions, func, type OptionParser, refusal, SettingsError, wholeNumber } from '@sitecache/core'
import { connectInMemory, send } from '../exchange/dispatch.js'
import { locate } from '../framework/request-target.js'

/** How pages are warmed. */
export interface WarmOptions {
  /** Headers of each request: what the pages vary by. */
  readonly headers?: Readonly<Record<string, string>>
  /** Requests at a time. @default 4 */
  readonly concurrency?: number
  /** The application that is asked, in this process and without a network. @default the servers that the URLs name */
  readonly app?: RequestListener
  /** Told of each page. */
  onProgress?(progress: WarmProgress): void
  /** Ends it early. */
  readonly signal?: AbortSignal
}

/** One page that was asked for. */
export interface WarmProgress {
  readonly url: string
  /** Undefined: there was no response. */
  readonly status: number | undefined
  /** What its Cache-Status said: it was there, it is now, or it may not be. */
  readonly outcome: 'hit' | 'stored' | 'not-stored' | 'failed'
  readonly done: number
  readonly total: number
}

/** How many pages came to what. */
export type WarmResult = Readonly<Record<WarmProgress['outcome'] | 'total', number>>

const headers: OptionParser<Readonly<Record<string, string>>> = (value, path) => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isObject && Object.values(value).every((text) => typeof text === 'string'))
    return value as Record<string, string>
  throw refusal(path, 'an object of request headers', value)
}

const signal: OptionParser<AbortSignal> = (value, path) => {
  if (value instanceof AbortSignal) return value
  throw refusal(path, 'an AbortSignal', value)
}

const schema = { headers, concurrency: wholeNumber(1), app: func(), onProgress: func(), signal }

/**
 * Asks for pages, so that they are stored before visitors ask. A page that can't be had is counted and told, and stops nothing.
 *
 * @param urls absolute
 * @example await warm(['https://example.com/', 'https://example.com/pricing'], { headers: { 'accept-encoding': 'br' }, app })
 * @throws SettingsError for an option, and for what is no absolute URL
 */
export async function warm(urls: Iterable<string>, options: WarmOptions = {}): Promise<WarmResult> {
  checkOptions(options, schema, 'warm')
  const { concurrency = 4, app, onProgress, signal: stop } = options
  const wanted = [...new Set(urls)]
  for (const url of wanted) checkUrl(url)
  const ask = app === undefined ? overNetwork(options) : inProcess(createServer(app), options)
  const result = { total: wanted.length, hit: 0, stored: 0, 'not-stored': 0, failed: 0 }
  let [next, done] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let url = wanted[next++]; url !== undefined && stop?.aborted !== true; url = wanted[next++]) {
      const { status, outcome } = await ask(url).catch(() => failed)
      result[outcome] += 1
      done += 1
      onProgress?.({ url, status, outcome, done, total: wanted.length })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return result
}

type Asked = Pick<WarmProgress, 'status' | 'outcome'>

const failed: Asked = { status: undefined, outcome: 'failed' }

function checkUrl(url: string): void {
  if (locate(url) === undefined)
    throw new SettingsError(`warm needs absolute URLs, such as 'https://example.com/a?b=c'; got '${url}'`)
}

function inProcess(server: Server, { headers: more = {} }: WarmOptions): (url: string) => Promise<Asked> {
  return async (url) => {
    const { origin, path } = locate(url) ?? { origin: { scheme: 'http', host: '' }, path: '/' }
    const connection = connectInMemory(server, {
      remoteAddress: '127.0.0.1',
      encrypted: origin.scheme === 'https',
    })
    const sent: OutgoingHttpHeaders = { host: origin.host, ...more }
    const { status, headers: answered } = await send(connection, path, sent)
    return { status, outcome: outcomeOf(status, answered['cache-status']) }
  }
}

function overNetwork({ headers: more = {}, signal: stop }: WarmOptions): (url: string) => Promise<Asked> {
  return async (url) => {
    const res = await fetch(url, { headers: more, redirect: 'manual', signal: stop ?? null })
    await res.arrayBuffer()
    return {
      status: res.status,
      outcome: outcomeOf(res.status, res.headers.get('cache-status') ?? undefined),
    }
  }
}

function outcomeOf(
  status: number,
  cacheStatus: string | readonly string[] | undefined,
): WarmProgress['outcome'] {
  const own = /(?:^|,\s*)sitecache((?:;[^,]*)*)/.exec(String(cacheStatus ?? ''))?.[1] ?? ''
  if (status >= 500) return 'failed'
  if (/;\s*hit\b/.test(own)) return 'hit'
  return /;\s*stored\b/.test(own) ? 'stored' : 'not-stored'
}
