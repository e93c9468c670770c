import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** Response of a site, without its body. */
export interface SiteResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Bytes of the body as they were sent. */
  readonly bytes: number
  readonly ms: number
}

/** As browsers send it over TLS: a compressed page is asked for in their encoding. */
const BROWSERS = { 'accept-encoding': 'gzip, deflate, br, zstd' }

/**
 * Asks a site for a page. Reads it to its end: a page is stored only when it went out whole.
 *
 * @throws Error with a code when there is no whole response in time
 */
export async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<SiteResponse> {
  const started = performance.now()
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = request(url, {
    headers: { host: url.host, ...BROWSERS, ...headers },
    setHost: false,
    agent: false,
    signal,
  })
  const late = setTimeout(() => outgoing.destroy(new Error('it took too long')), timeoutMs)
  try {
    const res = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject).end()
    })
    let bytes = 0
    for await (const chunk of res) bytes += Buffer.byteLength(chunk)
    return { status: res.statusCode ?? 502, headers: res.headers, bytes, ms: performance.now() - started }
  } finally {
    clearTimeout(late)
  }
}
