import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { AskedRequest } from './ask-application.js'

/** A request that is not made, and its response. */
export interface ImaginedExchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Makes a request of which there is no more than its URL, method and headers. */
export function imaginedExchange({ url, method, headers }: AskedRequest): ImaginedExchange {
  const socket = new Socket()
  if (url.protocol === 'https:') Object.assign(socket, { encrypted: true })
  const req = new IncomingMessage(socket)
  req.method = method
  req.url = url.pathname + url.search
  req.headers = { host: url.host, ...headers }
  return { req, res: new ServerResponse(req) }
}
