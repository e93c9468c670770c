import type { ServerResponse } from 'node:http'
import { types } from 'node:util'
import { ignoreHead, pretendHeadSent } from './pretended-head.js'

/**
 * A response whose head is held back: `open` until its head is known, `swallowed` when no client
 * sees it, `released` while another is written, `finished` when that is out.
 */
export interface HeldResponse {
  readonly state: 'open' | 'swallowed' | 'released' | 'finished'
  /** Whether its handler was given up before it wrote a head. */
  readonly isGivenUp: boolean
  /** Whether its handler has sent the head alone. */
  readonly isFlushed: boolean
  /** Takes the response from its handler, which has written its head or is given up. */
  swallow(by: 'head' | 'giving-up'): void
  /** Has what the cache does to the response take effect. */
  release(): void
  /** As `swallow`, while a replacement that was begun is waited for. */
  suspend(): void
  /** Discards all that a handler which was given up still does to the response. */
  finish(): void
  /** Destroys the response, whatever its state. */
  cutOff(): void
}

/**
 * Covers the ways past `writeHead`, `write` and `end` on this response: `flushHeaders`, which would
 * send a missing head; `destroy`, by which a handler gives up; and all by which it, and Node, see
 * that it has answered.
 *
 * @param abandon called when the handler destroys the response before its head; returns true when
 *   another goes out
 * @param cutShort called when it does so behind its head, which no client has seen: its response,
 *   or the connection, as frameworks do when an error comes that late
 */
export function holdResponse(
  res: ServerResponse,
  abandon: () => boolean,
  cutShort: () => void,
): HeldResponse {
  const held = {
    state: 'open' as HeldResponse['state'],
    isGivenUp: false,
    isFlushed: false,
    swallow,
    release,
    suspend,
    finish,
    cutOff,
  }
  const { flushHeaders, destroy } = res
  let restore: (() => void) | undefined
  res.flushHeaders = function flushHeldHeaders() {
    if (held.state === 'open' && !res.headersSent) res.writeHead(res.statusCode)
    held.isFlushed = true
    if (!isSwallowed(held)) flushHeaders.call(res)
  }
  res.destroy = function destroyHeld(error?: Error) {
    // Another response goes out, whose end is not the handler's to decide.
    if (held.state === 'swallowed') cutShort()
    if (held.state !== 'open' || abandon()) return res
    return destroy.call(res, error)
  }
  function swallow(by: 'head' | 'giving-up'): void {
    held.isGivenUp = by === 'giving-up'
    detachSocket(res, () => held.state === 'swallowed' && cutShort())
    suspend()
  }
  function suspend(): void {
    if (res.headersSent) return
    held.state = 'swallowed'
    restore = held.isGivenUp ? ignoreHead(res) : pretendHeadSent(res)
  }
  function release(): void {
    // The rest of a long replacement: the handler is out of it already.
    if (held.state === 'finished') return
    if (held.state === 'swallowed') restore?.()
    held.state = 'released'
  }
  function finish(): void {
    held.state = 'finished'
    // A middleware above may add to a head that it holds back, and write it later.
    if (isHeadDue(held, res)) return
    // It knows of no head; Node refuses what comes of one that has written its own.
    if (held.isGivenUp) ignoreHead(res)
  }
  function cutOff(): void {
    destroy.call(res)
  }
  return held
}

/**
 * Keeps a handler whose response is replaced from closing the connection, which carries another
 * response: so frameworks do when an error comes behind a head.
 *
 * @param closing called when it tries
 */
function detachSocket({ req }: ServerResponse, closing: () => void): void {
  const { socket } = req
  const ignored = {
    value: () => {
      closing()
      return shown
    },
  }
  const shown: typeof socket = Object.create(socket, {
    destroy: ignored,
    destroySoon: ignored,
    resetAndDestroy: ignored,
    end: ignored,
  })
  Object.defineProperty(req, 'socket', { value: shown, configurable: true, enumerable: true, writable: true })
}

/** Whether the handler's writes are discarded. A call each time: writing the head may change it. */
export function isSwallowed(held: HeldResponse): boolean {
  return held.state === 'swallowed' || held.state === 'finished'
}

/**
 * Whether the head of what goes out in place of the handler's response is still to come:
 * middlewares above may put its end off, as express-session does while it saves, and Node writes
 * both at once.
 */
export function isHeadDue(held: HeldResponse, res: ServerResponse): boolean {
  return held.state === 'finished' && !res.headersSent && !res.destroyed
}

/**
 * Writes the head before the first bytes, so that it can be observed, with the Content-Length that
 * Node gives a body written in one piece.
 */
export function writeHeldHead(res: ServerResponse, name: 'write' | 'end', args: readonly unknown[]): void {
  if (res.headersSent) return
  if (name === 'end' && takesLength(res)) res.setHeader('Content-Length', lengthOf(args[0], args[1]))
  res.writeHead(res.statusCode)
}

/**
 * Whether Node would give the response a Content-Length: not where the handler frames it, removed
 * that field, or announces trailers, which need chunks (RFC 9112 §7.1.2).
 */
export function takesLength(res: ServerResponse): boolean {
  const isFramed = ['Content-Length', 'Transfer-Encoding', 'Trailer'].some((name) => res.hasHeader(name))
  const { _removedContLen: isRemoved } = res as { _removedContLen?: boolean }
  return !isFramed && isRemoved !== true && mayHaveBody(res)
}

function mayHaveBody({ req, statusCode }: ServerResponse): boolean {
  return req?.method !== 'HEAD' && statusCode >= 200 && statusCode !== 204 && statusCode !== 304
}

/** Whether Node takes a chunk: of another it throws an error before it writes a head. */
export function isChunk(name: 'write' | 'end', chunk: unknown): boolean {
  if (typeof chunk === 'string' || types.isUint8Array(chunk)) return true
  return name === 'end' && (!chunk || typeof chunk === 'function')
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (types.isUint8Array(chunk)) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.byteLength(chunk, known ? encoding : 'utf8')
}
