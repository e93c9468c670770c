import {
  Server as HttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { type Duplex, duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { HeaderMap } from '@sitecache/http'
import { field } from './types.js'

/** Response to a request that the cache made itself. */
export interface OwnResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Fields about one client's exchange, and no part of a request for the whole page. */
const ofOneClient = new Set([
  'cache-control',
  'connection',
  'content-length',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'pragma',
  'range',
  'te',
  'transfer-encoding',
  'upgrade',
])

/**
 * Returns the server that a request came to.
 *
 * @returns undefined when it is no server of Node's
 */
function serverOf(req: IncomingMessage): HttpServer | HttpsServer | undefined {
  const { server } = (req.socket ?? {}) as { server?: unknown }
  return server instanceof HttpServer || server instanceof HttpsServer ? server : undefined
}

/** Whether a request can be made again in this process. */
export function canDispatch(req: IncomingMessage): boolean {
  return serverOf(req) !== undefined
}

/**
 * Reason for which the cache makes a request: to render a page again, or for a client that waits
 * for it.
 */
export type Purpose = 'refresh' | 'refetch'

/** A request that the cache made itself. */
export interface OwnRequest {
  readonly purpose: Purpose
}

/** Own requests by their connections: no request of a client can pass for one. */
const ownRequests = new WeakMap<object, OwnRequest>()

/**
 * Returns the purpose of a request that the cache made.
 *
 * @returns undefined for a client's request
 */
export function ownRequestOf(req: IncomingMessage): OwnRequest | undefined {
  return ownRequests.get(field(req, 'socket'))
}

/** Method and content with which a request is made again. */
interface SentRequest {
  readonly method: string
  readonly body?: Uint8Array | undefined
}

const plainGet: SentRequest = { method: 'GET' }

/**
 * Makes a request again in this process, without its conditions, ranges and directives. It goes
 * over a connection in memory to the same server and through the whole application, so that the
 * client's exchange is neither touched nor seen.
 *
 * @param headers of the client's request, as they were when it arrived
 * @param sent method and content of the client's request. @default a GET
 * @throws Error when the request came from no server; the error of a connection that broke
 */
export async function dispatchAgain(
  req: IncomingMessage,
  headers: HeaderMap,
  own: OwnRequest,
  sent: SentRequest = plainGet,
): Promise<OwnResponse> {
  const server = serverOf(req)
  if (server === undefined) throw new Error('The request came from no server: it can not be made again')
  const { remoteAddress, encrypted = false } = req.socket as Partial<TLSSocket>
  const forwarded = Object.entries(headers).filter(
    ([name, value]) => !ofOneClient.has(name) && value !== undefined,
  )
  const path = field(req, 'originalUrl') ?? req.url ?? '/'
  const connection = connectInMemory(server, { remoteAddress, encrypted }, (serverEnd) =>
    ownRequests.set(serverEnd, own),
  )
  return send(connection, path, Object.fromEntries(forwarded) as OutgoingHttpHeaders, sent)
}

/**
 * Opens a connection to a server without a network, as if it came from an address.
 *
 * @param onConnect called with the server's end before the server sees it
 */
export function connectInMemory(
  server: HttpServer | HttpsServer,
  from: { readonly remoteAddress?: string | undefined; readonly encrypted: boolean },
  onConnect?: (serverEnd: Duplex) => void,
): Duplex {
  const [clientEnd, serverEnd] = duplexPair()
  onConnect?.(Object.assign(serverEnd, from))
  // As over a network: a client that disconnects is gone for its server.
  clientEnd.once('close', () => serverEnd.destroy())
  // A TLS server emits `secureConnection` once a connection is encrypted; others emit `connection`.
  server.emit(
    server instanceof HttpsServer ? 'secureConnection' : 'connection',
    Object.assign(serverEnd, from),
  )
  return clientEnd
}

/** Sends one request over a connection, and reads its response. */
function send(
  connection: Duplex,
  path: string,
  headers: OutgoingHttpHeaders,
  { method, body }: SentRequest,
): Promise<OwnResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { method, path, headers, setHost: false, createConnection: () => connection },
      (res) => {
        const finish = (body: Buffer): void =>
          resolve({ status: res.statusCode ?? 502, headers: res.headers, body })
        buffer(res).then(finish, reject)
      },
    )
    outgoing.on('error', reject).end(body)
  })
}
