import { EventEmitter } from 'node:events'
import {
  createServer,
  Server as HttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { HeaderMap } from '@sitecache/http'
import { type ConnectionAddresses, MemorySocket, MemoryTlsSocket } from './memory-socket.js'
import { ownRead } from './own-reads.js'
import { field } from './types.js'

/** Milliseconds after which a request that the cache made itself is given up. */
export const OWN_REQUEST_MS = 30_000

/** Response to a request that the cache made itself. */
export interface OwnResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** To be read, or destroyed: of any length, and perhaps without an end. */
  readonly body: Readable
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

/** Servers that speak HTTP/1 for those of HTTP/2. */
const relays = new WeakMap<EventEmitter, HttpServer>()

/**
 * Returns the server that a request came to, or one that relays to it.
 *
 * @returns undefined when it is no server of Node's
 */
function serverOf(req: IncomingMessage): HttpServer | HttpsServer | undefined {
  const { server } = (req.socket ?? {}) as { server?: unknown }
  if (server instanceof HttpServer || server instanceof HttpsServer) return server
  const isServer = server instanceof EventEmitter && server.listenerCount('request') > 0
  return isServer ? relayTo(server) : undefined
}

/**
 * Returns a server that passes requests of HTTP/1 on to one of HTTP/2, whose application takes both
 * over the compatibility API. It shows them the pseudo-header fields that it may look for.
 */
function relayTo(server: EventEmitter): HttpServer {
  const known = relays.get(server)
  if (known !== undefined) return known
  const relay = createServer((req, res) => {
    const { method, url, headers } = req
    const scheme = Reflect.get(req.socket, 'encrypted') === true ? 'https' : 'http'
    const shown = { ':method': method, ':path': url, ':scheme': scheme, ':authority': headers.host }
    for (const [name, value] of Object.entries(shown))
      Object.defineProperty(headers, name, { value, writable: true, configurable: true })
    server.emit('request', req, res)
  })
  relays.set(server, relay)
  return relay
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

/** A request that the cache made itself, and how far it came. */
export interface OwnRequest {
  /** `trial`: to see what would become of it; nothing is served, stored or counted. */
  readonly purpose: Purpose | 'trial'
  /** Extra keys with which its handler was called, by layers of cache. */
  readonly reached: Set<string>
  /** Status of the handler's that a stale page replaced. */
  failure: number | undefined
}

const ownKey = Symbol('sitecache.ownRequest')
const warmKey = Symbol('sitecache.warmRequest')

/** Makes a request of the cache's own. */
export function ownRequest(purpose: OwnRequest['purpose']): OwnRequest {
  return { purpose, reached: new Set(), failure: undefined }
}

/**
 * Returns the request of the cache's own that a request is: by its connection, so that no request
 * of a client can pass for one.
 *
 * @returns undefined for a client's request
 */
export function ownRequestOf(req: IncomingMessage): OwnRequest | undefined {
  return ownRequestOn(field(req, 'socket'))
}

function ownRequestOn(socket: unknown): OwnRequest | undefined {
  return socket instanceof MemorySocket ? Reflect.get(socket, ownKey) : undefined
}

/**
 * Returns the purpose for which this process has made a request, as events tell it: by its
 * connection, as above. A request that warms the cache is handled as a client's.
 *
 * @returns undefined for a client's request
 */
export function purposeOf(req: IncomingMessage): Purpose | 'warm' | undefined {
  const socket: unknown = field(req, 'socket')
  if (socket instanceof MemorySocket && Reflect.get(socket, warmKey) === true) return 'warm'
  const purpose = ownRequestOn(socket)?.purpose
  return purpose === 'trial' ? undefined : purpose
}

/** Method and content with which a request is made again. */
export interface SentRequest {
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
 * @returns its response, once the head is there
 * @throws Error when the request came from no server, or none comes within 30 seconds; the error of
 *   a connection that broke
 */
export async function dispatchAgain(
  req: IncomingMessage,
  headers: HeaderMap,
  own: OwnRequest,
  sent: SentRequest = plainGet,
): Promise<OwnResponse> {
  const server = serverOf(req)
  if (server === undefined) throw new Error('The request came from no server: it can not be made again')
  const { encrypted = false } = req.socket as Partial<TLSSocket>
  const forwarded = Object.entries(headers).filter(
    ([name, value]) => !ofOneClient.has(name) && !name.startsWith(':') && value !== undefined,
  )
  const path = field(req, 'originalUrl') ?? req.url ?? '/'
  const host = headers.host ?? headers[':authority']
  const fields = { ...Object.fromEntries(forwarded), ...(host === undefined ? {} : { host }) }
  const connection = connectInMemory(server, { ...ownRead(() => addressesOf(req)), encrypted }, own)
  return send(connection, path, fields as OutgoingHttpHeaders, sent)
}

function addressesOf({ socket }: IncomingMessage): ConnectionAddresses {
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, localFamily } = socket
  return { remoteAddress, remotePort, remoteFamily, localAddress, localPort, localFamily }
}

/**
 * Opens a connection to a server without a network, as if it came from an address.
 *
 * @param own request for which it is opened; `'warm'`: those of a warm-up. @default one that counts
 *   as a client's
 */
export function connectInMemory(
  server: HttpServer | HttpsServer,
  { encrypted, ...addresses }: ConnectionAddresses & { readonly encrypted: boolean },
  own?: OwnRequest | 'warm',
): Duplex {
  const clientEnd = new MemorySocket()
  const serverEnd = encrypted ? new MemoryTlsSocket(addresses) : new MemorySocket(addresses)
  if (own === 'warm') Object.defineProperty(serverEnd, warmKey, { value: true })
  else if (own !== undefined) Object.defineProperty(serverEnd, ownKey, { value: own })
  MemorySocket.connect(clientEnd, serverEnd)
  // A TLS server emits `secureConnection` once a connection is encrypted; others emit `connection`.
  server.emit(server instanceof HttpsServer ? 'secureConnection' : 'connection', serverEnd)
  return clientEnd
}

/** Sends one request over a connection; resolves with the head of its response. */
function send(
  connection: Duplex,
  path: string,
  headers: OutgoingHttpHeaders,
  { method, body }: SentRequest,
): Promise<OwnResponse> {
  return new Promise((resolve, reject) => {
    const late = (): void => {
      const error = lateError()
      reject(error)
      connection.destroy(error)
    }
    const timer = setTimeout(late, OWN_REQUEST_MS).unref()
    // Also after the response: the connection may break at any time, and nobody else listens.
    connection.on('error', reject).once('close', () => clearTimeout(timer))
    const outgoing = request(
      { method, path, headers, setHost: false, createConnection: () => connection },
      (res) => {
        clearTimeout(timer)
        resolve({ status: res.statusCode ?? 502, headers: res.headers, body: res })
      },
    )
    outgoing.on('error', reject).end(body)
  })
}

/** Makes the error of a request that was given up. */
export function lateError(): Error {
  return new Error(`A request of the cache's own took more than ${OWN_REQUEST_MS} ms`)
}
