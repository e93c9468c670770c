import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/**
 * Makes a request and its response, and uses them as a server does, so that they have what Node
 * itself puts on those: some of it comes with the first listener, or with the first look at fields.
 */
export function sampleExchange(): { readonly req: IncomingMessage; readonly res: ServerResponse } {
  const socket = new Socket()
  const req = new IncomingMessage(socket)
  const res = new ServerResponse(req)
  void [req.headers, req.headersDistinct, req.trailers, req.trailersDistinct]
  res.assignSocket(socket)
  for (const emitter of [req, res]) emitter.on('close', ignore)
  res.detachSocket(socket)
  return { req, res }
}

function ignore(): void {}
