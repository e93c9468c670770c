import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { SitemapError } from './sitemap-error.js'

/** Options of downloading a sitemap. */
export interface DownloadOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Longest duration in milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Returns whether an origin may be requested. */
  readonly isAllowed: (origin: string) => boolean
}

/** sitemaps.org/protocol.html: no larger than 50 MB, uncompressed. */
const MAX_BYTES = 50 * 2 ** 20
const MAX_REDIRECTS = 5

/**
 * Downloads a sitemap, and gunzips it by its content, whatever its headers say.
 *
 * @throws SitemapError when it can't be downloaded, or is larger than the protocol allows
 */
export async function* download(url: URL, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  // By hand: Node 20 collects a signal of AbortSignal.any() that depends on a timeout.
  const controller = new AbortController()
  const late = setTimeout(() => controller.abort(new SitemapError('took too long')), options.timeoutMs)
  const stop = (): void => controller.abort()
  options.signal.addEventListener('abort', stop)
  if (options.signal.aborted) stop()
  try {
    const body = await follow(url, options, controller.signal)
    let size = 0
    for await (const chunk of gunzipped(body)) {
      size += chunk.length
      if (size > MAX_BYTES)
        throw new SitemapError(`is larger than the ${MAX_BYTES} bytes that the protocol allows`)
      yield chunk
    }
  } catch (error) {
    throw error instanceof SitemapError ? error : broken(error)
  } finally {
    clearTimeout(late)
    options.signal.removeEventListener('abort', stop)
  }
}

/** Follows redirects to allowed origins only, since the headers go with them. */
async function follow(
  from: URL,
  { headers, isAllowed }: DownloadOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let url = from
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const res = await fetch(url, { headers, redirect: 'manual', signal })
    const location = res.headers.get('location')
    if (res.status === 200) return res.body === null ? Readable.from([]) : Readable.fromWeb(res.body)
    await res.body?.cancel()
    if (res.status < 300 || res.status > 399 || location === null)
      throw new SitemapError(`was answered with status ${res.status}`)
    if (!URL.canParse(location, url.href)) throw new SitemapError('is redirected to what is no URL')
    url = new URL(location, url)
    if (!isAllowed(url.origin))
      throw new SitemapError(`is redirected to ${url.origin}, which --allow-origin would have to allow`)
  }
  throw new SitemapError(`is redirected more than ${MAX_REDIRECTS} times`)
}

async function* gunzipped(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  // RFC 1952 §2.3.1: two bytes tell gzip.
  for (let size = 0; size < 2; ) {
    const { done, value } = await chunks.next()
    if (done === true) break
    head.push(value)
    size += value.length
  }
  const [first = 0, second = 0] = Buffer.concat(head)
  const whole = joined(head, { [Symbol.asyncIterator]: () => chunks })
  yield* first === 0x1f && second === 0x8b ? gunzip(whole) : whole
}

async function* joined(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head
  yield* rest
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip()
  // Reading from the stream reports its errors.
  const piped = pipeline(chunks, stream).catch(() => {})
  yield* stream
  await piped
}

/** Reports only a code: a message may contain the headers sent. */
function broken(error: unknown): SitemapError {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown }
  const reason = code ?? Reflect.get(Object(cause), 'code') ?? 'the connection broke'
  return new SitemapError(`could not be read: ${reason}`, { cause: error })
}
