import {
  createServer,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { finished } from 'node:stream/promises'
import { connectInMemory } from '../node/own-requests.js'
import { outcomeOf, type PageOutcome } from './page-outcome.js'

/** A request for a page. */
export interface PageRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Asks for pages. */
export interface PageRequester {
  /** @throws when there is no whole response, or the signal ended it */
  ask(question: PageRequest): Promise<PageOutcome>
  /** Closes the connections that are kept. */
  close(): void
}

/**
 * Asks an application in this process, without a network.
 *
 * Not by `fetch`, here and below: that adds headers of its own, Accept-Language among them, which a page may vary by, and
 * decodes bodies that nobody reads.
 */
export function inProcess(app: RequestListener): PageRequester {
  const server = createServer(app)
  return {
    ask({ url, headers, signal }) {
      const from = { remoteAddress: '127.0.0.1', encrypted: url.protocol === 'https:' }
      const createConnection = () => connectInMemory(server, from)
      return exchange(httpRequest, url, { headers, signal, createConnection })
    },
    close() {},
  }
}

/** Asks the servers that the URLs name. */
export function overNetwork(): PageRequester {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  return {
    ask({ url, headers, signal }) {
      const [request, agent] =
        url.protocol === 'https:' ? [httpsRequest, agents.https] : [httpRequest, agents.http]
      const host = { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }
      return exchange(request, url, { ...host, headers, signal, agent })
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** RFC 9112 §9.3.1: a server may close a connection that it kept while the next request is on its way, which is then sent again. */
async function exchange(...asked: Parameters<typeof send>): Promise<PageOutcome> {
  const first = await send(...asked)
  return first ?? (await send(...asked)) ?? Promise.reject(new Error('The server closed two connections'))
}

/** Undefined: the connection was one that had been kept, and closed without an answer. */
async function send(
  request: typeof httpRequest,
  url: URL,
  { headers, ...options }: RequestOptions & Pick<PageRequest, 'headers'>,
): Promise<PageOutcome | undefined> {
  const sent = request({
    ...options,
    method: 'GET',
    path: url.pathname + url.search,
    headers: { host: url.host, ...headers },
    setHost: false,
  })
  const res = await new Promise<IncomingMessage | undefined>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      sent.reusedSocket && error.code === 'ECONNRESET' ? resolve(undefined) : reject(error)
    sent.once('response', resolve).on('error', failed).end()
  })
  if (res === undefined) return undefined
  // Read to its end, for only a page that went out whole is kept; but not kept here.
  await finished(res.resume())
  return outcomeOf(res.statusCode ?? 502, String(res.headers['cache-status'] ?? ''))
}
