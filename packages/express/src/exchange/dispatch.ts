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
import { field } from '../framework/types.js'

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

const ownConnections = new WeakSet<object>()

/** Is it a request that the cache itself made? No client's can pass for one: it is known by its connection. */
export function isOwnRequest(req: IncomingMessage): boolean {
  return ownConnections.has(req.socket)
}

/**
 * Makes a request again in this process, as its client sent it but for conditions, ranges and directives: over a connection in
 * memory, to the same server and through the whole application, so that nothing of the client's exchange is touched or seen.
 *
 * @param headers the client's, as they were when it asked
 * @throws when the request came from no server, or its connection broke
 */
export async function dispatchAgain(
  req: IncomingMessage,
  headers: IncomingHttpHeaders,
): Promise<OwnResponse> {
  const server = serverOf(req)
  if (server === undefined) throw new Error('The request came from no server: it can not be made again')
  const [near, far] = duplexPair()
  const { remoteAddress, encrypted = false } = req.socket as Partial<TLSSocket>
  ownConnections.add(Object.assign(far, { remoteAddress, encrypted }))
  server.emit(encrypted ? 'secureConnection' : 'connection', far)
  return get(near, field(req, 'originalUrl') ?? req.url ?? '/', headers)
}

function get(connection: Duplex, path: string, headers: IncomingHttpHeaders): Promise<OwnResponse> {
  const kept = Object.entries(headers).filter(
    ([name, value]) => !ofOneClient.has(name) && value !== undefined,
  )
  return new Promise((resolve, reject) => {
    const options = {
      method: 'GET',
      path,
      headers: Object.fromEntries(kept) as OutgoingHttpHeaders,
      setHost: false,
      createConnection: () => connection,
    }
    const sent = request(options, (res) => {
      const answer = (body: Buffer): void =>
        resolve({ status: res.statusCode ?? 502, headers: res.headers, body })
      buffer(res).then(answer, reject)
    })
    sent.on('error', reject).end()
  })
}
