import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { isHttp2 } from './response-headers.js'
import { whenTaken } from './taken-sockets.js'

/** Functions to be called when a connection closes, in place of its responses. */
const waiting = new WeakMap<Socket, Set<() => void>>()

/** How a response came to be over; `taken`: its connection serves something else now. */
export type Closing = 'closed' | 'taken'

/**
 * Calls a function once a response is over: it has ended, its client is gone, or its connection was
 * taken off it. A response that is closed already is told so behind all that runs now.
 *
 * Of pipelined requests (RFC 9112 §9.3.2) Node tells that the response alone that has the
 * connection. Those that wait for their turn never close when the connection does, so here the
 * connection tells it.
 *
 * @returns function that stops listening
 */
export function whenClosed(res: ServerResponse, closed: (how: Closing) => void): () => void {
  const connection = connectionToCome(res)
  const closing = closingOf(res)
  if (closing.closed || connection?.closed === true) {
    const timer = setImmediate(closed, 'closed')
    return () => clearImmediate(timer)
  }
  const others = connection === undefined ? undefined : waitingFor(connection)
  const tell = (how: Closing): void => {
    stop()
    closed(how)
  }
  const told = () => tell('closed')
  const forgetTaken = whenTaken(res, () => tell('taken'))
  const stop = (): void => {
    closing.off('close', told)
    others?.delete(told)
    forgetTaken()
  }
  closing.once('close', told)
  others?.add(told)
  return stop
}

/**
 * Returns what closes with a response. Over HTTP/2 it is the stream: of the response to a HEAD that
 * was cut off Node tells nothing.
 */
function closingOf(res: ServerResponse): ServerResponse | Duplex {
  const stream: unknown = isHttp2(res) ? Reflect.get(res, 'stream') : undefined
  return stream instanceof Duplex ? stream : res
}

/**
 * Returns the connection for which a response waits.
 *
 * @returns undefined for a response that has it, and for those that are not Node's own
 */
function connectionToCome(res: ServerResponse): Socket | undefined {
  return Reflect.get(res, 'socket') === null ? res.req?.socket : undefined
}

/** One listener for each connection: it may carry any number of requests. */
function waitingFor(connection: Socket): Set<() => void> {
  const known = waiting.get(connection)
  if (known !== undefined) return known
  const all = new Set<() => void>()
  waiting.set(connection, all)
  connection.once('close', () => {
    for (const told of [...all]) told()
  })
  return all
}
