import type { ServerResponse } from 'node:http'

/**
 * A response whose head is held back: `open` until it is known, `swallowed` when nobody will see it, `released` while another is written,
 * `finished` when that has gone out.
 */
export interface HeldResponse {
  readonly state: 'open' | 'swallowed' | 'released' | 'finished'
  swallow(): void
  release(): void
  /** What the handler still does to the response goes nowhere. */
  finish(): void
}

/**
 * Covers the ways past `writeHead`, `write` and `end`, on this response alone: `flushHeaders`, which would send a head that is not
 * there; `headersSent`, by which a handler knows that it has answered; `destroy`, by which it gives up.
 *
 * @param abandon called when the handler destroys the response; true: it has been answered otherwise
 */
export function holdResponse(res: ServerResponse, abandon: () => boolean): HeldResponse {
  const held = { state: 'open' as HeldResponse['state'], swallow, release, finish }
  const { flushHeaders, destroy } = res
  res.flushHeaders = function flushHeldHeaders() {
    if (held.state === 'open' && !res.headersSent) res.writeHead(res.statusCode)
    if (!isSwallowed(held)) flushHeaders.call(res)
  }
  res.destroy = function destroyHeld(error?: Error) {
    return held.state === 'open' && abandon() ? res : destroy.call(res, error)
  }
  function swallow(): void {
    held.state = 'swallowed'
    Object.defineProperty(res, 'headersSent', { configurable: true, value: true })
  }
  function release(): void {
    held.state = 'released'
    Reflect.deleteProperty(res, 'headersSent')
  }
  function finish(): void {
    held.state = 'finished'
    const nothing = (): ServerResponse => res
    Object.assign(res, { setHeader: nothing, appendHeader: nothing, removeHeader: nothing })
  }
  return held
}

/** Asked anew: writing the head may have changed it. */
export function isSwallowed(held: HeldResponse): boolean {
  return held.state === 'swallowed' || held.state === 'finished'
}

/**
 * Has the head written by itself, before the first bytes, so that it can be seen; with the Content-Length that Node gives a body
 * written in one piece.
 */
export function writeHeldHead(res: ServerResponse, name: 'write' | 'end', args: readonly unknown[]): void {
  if (res.headersSent) return
  const framed = res.hasHeader('Content-Length') || res.hasHeader('Transfer-Encoding')
  if (name === 'end' && !framed && mayHaveBody(res))
    res.setHeader('Content-Length', lengthOf(args[0], args[1]))
  res.writeHead(res.statusCode)
}

function mayHaveBody({ req, statusCode }: ServerResponse): boolean {
  return req?.method !== 'HEAD' && statusCode >= 200 && statusCode !== 204 && statusCode !== 304
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.byteLength(chunk, known ? encoding : 'utf8')
}
