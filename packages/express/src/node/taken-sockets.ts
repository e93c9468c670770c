import { ServerResponse } from 'node:http'
import { extendCommonPrototype } from './prototypes.js'

/** Event of a response whose connection was taken off before its end. */
const TAKEN = Symbol('sitecache.taken')

const native = ServerResponse.prototype.detachSocket

/**
 * Calls a function once the connection of a response is taken off it before its end
 * (`res.detachSocket()`), as libraries for sockets and event streams do: what goes over the
 * connection from then on is no response, and nothing else tells that there won't be one.
 *
 * @returns function that stops listening
 */
export function whenTaken(res: ServerResponse, taken: () => void): () => void {
  // Responses of HTTP/2 have none of their own.
  if (!(res instanceof ServerResponse)) return () => undefined
  if (extendCommonPrototype(res, telling) === undefined && !Object.hasOwn(res, 'detachSocket')) telling(res)
  res.once(TAKEN, taken)
  return () => void res.off(TAKEN, taken)
}

/** Has a response, or a prototype of responses, tell it. */
function telling(target: ServerResponse): true {
  const { detachSocket } = target
  target.detachSocket = function detach(this: ServerResponse, socket): void {
    Reflect.apply(detachSocket ?? native, this, [socket])
    // Node calls it itself once a response has gone out.
    if (!this.writableFinished) this.emit(TAKEN)
  }
  return true
}
