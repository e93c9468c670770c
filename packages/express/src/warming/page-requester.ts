import {
  createServer,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { connectInMemory } from '../node/own-requests.js'
import { type DrainBounds, drain } from '../node/unneeded-body.js'
import { isPerhapsStored, outcomeOf, type PageOutcome } from './page-outcome.js'

/** Bytes of a page that says no length: its site may be elsewhere, with any `maxBodyBytes`. */
const MOST_BYTES = 64 * 2 ** 20

/** Any other is read on only so that the connection can be kept, and no handler sees it broken. */
const ofOther: DrainBounds = { bytes: 2 ** 16, milliseconds: 1000 }

/** A request for a page. */
export interface PageRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Client that requests pages. */
export interface PageRequester {
  /** Requests a page. @throws when there is no whole response, or the signal ended it */
  request(page: PageRequest): Promise<PageOutcome>
  /** Closes the connections kept alive. */
  close(): void
}

/**
 * Requests pages from an application in this process, without a network.
 *
 * No `fetch`, here and below: it adds headers of its own, Accept-Language among them, by which a
 * page may vary, and decodes bodies that are never read.
 */
export function inProcess(app: RequestListener): PageRequester {
  const server = createServer(app)
  return {
    request({ url, headers, signal }) {
      const from = { remoteAddress: '127.0.0.1', encrypted: url.protocol === 'https:' }
      const createConnection = () => connectInMemory(server, from, 'warm')
      return exchange(httpRequest, url, { headers, signal, createConnection })
    },
    close() {},
  }
}

/** Requests pages from the servers that the URLs name. */
export function overNetwork(): PageRequester {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  return {
    request({ url, headers, signal }) {
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

/** Sends a request again when the server closed a kept connection meanwhile (RFC 9112 §9.3.1). */
async function exchange(...args: Parameters<typeof send>): Promise<PageOutcome> {
  const first = await send(...args)
  return first ?? (await send(...args)) ?? Promise.reject(new Error('The server closed two connections'))
}

/** Sends a request. @returns undefined when a kept connection was closed without a response */
async function send(
  request: typeof httpRequest,
  url: URL,
  { headers, ...options }: RequestOptions & Pick<PageRequest, 'headers'>,
): Promise<PageOutcome | undefined> {
  const outgoing = request({
    ...options,
    method: 'GET',
    path: url.pathname + url.search,
    headers: { host: url.host, ...headers },
    setHost: false,
  })
  const res = await new Promise<IncomingMessage | undefined>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      outgoing.reusedSocket && error.code === 'ECONNRESET' ? resolve(undefined) : reject(error)
    outgoing.once('response', resolve).on('error', failed).end()
  })
  if (res === undefined) return undefined
  const cacheStatus = String(res.headers['cache-status'] ?? '')
  const told = outcomeOf(res.statusCode ?? 502, cacheStatus)
  const mayBeStored = isPerhapsStored(cacheStatus)
  // Read to the end: a page is stored only when it went out whole.
  const read = await drain(res, mayBeStored ? boundsOf(res) : ofOther)
  const isCut = mayBeStored && read !== 'whole' && told.outcome !== 'failed'
  return isCut ? { ...told, outcome: 'not-stored', reason: 'too-large' } : told
}

/**
 * Returns the bounds of a body whose page may be stored. Where it says its length, its site has
 * said that it will be. The request itself ends in time.
 */
function boundsOf({ headers }: IncomingMessage): DrainBounds {
  const declared = Number(headers['content-length'] ?? 0)
  return { bytes: Math.max(declared, MOST_BYTES), milliseconds: 2 ** 31 - 1 }
}
