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

/** A response to a request of the cache's own. */
export interface OwnResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Fields that are about one client's exchange, and no part of a request for the whole page. */
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

/** The server that a request came to; undefined for one that came from no server of Node's. */
function serverOf(req: IncomingMessage): HttpServer | HttpsServer | undefined {
  const { server } = (req.socket ?? {}) as { server?: unknown }
  return server instanceof HttpServer || server instanceof HttpsServer ? server : undefined
}

/** Can a request be made again in this process? */
export function canDispatch(req: IncomingMessage): boolean {
  return serverOf(req) !== undefined
}

/** What for a request of the cache's own is made: to have a page made anew, or for a client who is waiting for it. */
export type Purpose = 'refresh' | 'refetch'

/** A request of the cache's own. */
export interface OwnRequest {
  readonly purpose: Purpose
}

/** By their connections: no request of a client can pass for one. */
const ownRequests = new WeakMap<object, OwnRequest>()

/** Returns what the cache made a request for; undefined for a client's request. */
export function ownRequestOf(req: IncomingMessage): OwnRequest | undefined {
  return ownRequests.get(field(req, 'socket'))
}

/** What a request is made again with, beside its URL. */
interface Sent {
  readonly method: string
  readonly body?: Uint8Array | undefined
}

const plainGet: Sent = { method: 'GET' }

/**
 * Makes a request again in this process, as its client sent it but for conditions, ranges and directives: over a connection in
 * memory, to the same server and through the whole application, so that nothing of the client's exchange is touched or seen.
 *
 * @param headers the client's, as they were when it asked
 * @param sent what it asked by. @default a GET
 * @throws when the request came from no server, or its connection broke
 */
export async function dispatchAgain(
  req: IncomingMessage,
  headers: HeaderMap,
  own: OwnRequest,
  sent: Sent = plainGet,
): Promise<OwnResponse> {
  const server = serverOf(req)
  if (server === undefined) throw new Error('The request came from no server: it can not be made again')
  const { remoteAddress, encrypted = false } = req.socket as Partial<TLSSocket>
  const kept = Object.entries(headers).filter(
    ([name, value]) => !ofOneClient.has(name) && value !== undefined,
  )
  const path = field(req, 'originalUrl') ?? req.url ?? '/'
  const connection = connectInMemory(server, { remoteAddress, encrypted }, (far) => ownRequests.set(far, own))
  return send(connection, path, Object.fromEntries(kept) as OutgoingHttpHeaders, sent)
}

/**
 * A connection to a server without a network, as if it came from an address.
 *
 * @param seen is shown the server's end before the server is
 */
export function connectInMemory(
  server: HttpServer | HttpsServer,
  from: { readonly remoteAddress?: string | undefined; readonly encrypted: boolean },
  seen?: (far: Duplex) => void,
): Duplex {
  const [near, far] = duplexPair()
  seen?.(Object.assign(far, from))
  // As over a network: a client that breaks off is gone for its server.
  near.once('close', () => far.destroy())
  // What a TLS server does once a connection is encrypted is what another does at once.
  server.emit(server instanceof HttpsServer ? 'secureConnection' : 'connection', Object.assign(far, from))
  return near
}

/** Sends one request over a connection, and reads its response. */
function send(
  connection: Duplex,
  path: string,
  headers: OutgoingHttpHeaders,
  { method, body }: Sent,
): Promise<OwnResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { method, path, headers, setHost: false, createConnection: () => connection },
      (res) => {
        const answer = (body: Buffer): void =>
          resolve({ status: res.statusCode ?? 502, headers: res.headers, body })
        buffer(res).then(answer, reject)
      },
    )
    sent.on('error', reject).end(body)
  })
}
