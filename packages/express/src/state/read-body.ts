import { IncomingMessage, type ServerResponse } from 'node:http'
import type { MaybePromise } from '@sitecache/core/internal'

/**
 * Reason for which the content of a request can't be part of a key:
 * - `body-gone`: a middleware above the cache reads it or has read it, or its end can't be known;
 * - `body-too-large`, `body-late`: it exceeds `maxRequestBodyBytes` or `requestBodyTimeout`;
 * - `trailers`: fields came behind it (RFC 9110 §6.5), which a handler may read and no key has;
 * - `expect`: its client waits for a 100 that the application sends itself (RFC 9110 §10.1.1).
 */
export type BodyFault = 'body-gone' | 'body-too-large' | 'body-late' | 'trailers' | 'expect'

/**
 * Content of a request, or the reason why there is none. `hung-up`: its client disconnected before
 * the end.
 */
export type BodyReading = Buffer | BodyFault | 'hung-up'

/** Bounds within which a content is read before its handler runs: bytes and milliseconds. */
export interface BodyBounds {
  readonly maxBytes: number
  readonly milliseconds: number
}

/**
 * Reads the content of a request and puts it back, so that the next reader finds all of it in
 * order. A content over its bounds is put back as far as it came, with the rest behind it.
 */
export function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  bounds: BodyBounds,
): MaybePromise<BodyReading> {
  if (!isUntouched(req)) return 'body-gone'
  if ((declaredLength(req) ?? 0) > bounds.maxBytes) return 'body-too-large'
  return waitsForContinue(req, res) ? 'expect' : collect(req, res, bounds)
}

/**
 * Returns the Content-Length in bytes.
 *
 * @returns undefined when the head has none
 */
function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/**
 * Whether nothing has read from a request yet. Only for an untouched request of Node's own are the
 * bytes to come known to be all of them.
 */
function isUntouched(req: IncomingMessage): boolean {
  if (!(req instanceof IncomingMessage) || req.destroyed || req.readableEnded) return false
  if (req.readableDidRead || req.readableFlowing !== null || req.readableEncoding !== null) return false
  return req.listenerCount('data') === 0 && req.listenerCount('readable') === 0
}

/**
 * Whether the application still owes the client a 100. Node sends it before the application runs,
 * unless the application listens to `checkContinue`.
 */
function waitsForContinue({ headers }: IncomingMessage, res: ServerResponse): boolean {
  return headers.expect !== undefined && (res as { _sent100?: boolean })._sent100 !== true
}

/**
 * Whether the last byte has come. No head proves it, not even one that announces no content: HTTP/2
 * and adapters of other servers know contents that no field announces, and adapters set `complete`
 * before they have pushed everything. A key without the content would give one visitor another's
 * page.
 */
function hasEnded(req: IncomingMessage): boolean {
  const { ended } = (req as { _readableState?: { ended?: unknown } })._readableState ?? {}
  return ended === true
}

/**
 * Returns the reason why a content that has ended can't be used.
 *
 * @param length in bytes
 * @returns undefined when it can
 */
function flawOf(req: IncomingMessage, length: number): BodyFault | undefined {
  if (!req.complete || (declaredLength(req) ?? length) !== length) return 'body-gone'
  return req.rawTrailers.length > 0 ? 'trailers' : undefined
}

function collect(
  req: IncomingMessage,
  res: ServerResponse,
  { maxBytes, milliseconds }: BodyBounds,
): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (outcome: BodyFault | 'hung-up' | undefined): void => {
      clearTimeout(timer)
      req.off('readable', take).off('close', hungUp)
      const content = Buffer.concat(chunks, length)
      if (outcome !== 'hung-up') putBack(req, res, content)
      // Wait for the tick in which the stream notices that it has no listener, so that the next
      // reader finds it unchanged; a request over a connection in memory may get here before.
      process.nextTick(resolve, outcome ?? content)
    }
    const take = (): void => {
      // Not when nothing is there: the stream would emit `end` with no listener. From Node 26 on
      // each call returns one chunk, and no longer all.
      while (req.readableLength > 0 && length <= maxBytes) {
        const chunk: Buffer | null = req.read()
        if (chunk === null) break
        chunks.push(chunk)
        length += chunk.length
      }
      if (length > maxBytes) finish('body-too-large')
      else if (hasEnded(req)) finish(flawOf(req, length))
    }
    const hungUp = (): void => finish('hung-up')
    const timer = setTimeout(() => finish('body-late'), milliseconds).unref()
    // One tick later Node has parsed the bytes that came with the head, usually all of them. An
    // earlier listener would make the stream emit `end` before the handler listens.
    process.nextTick(() => {
      if (req.destroyed) hungUp()
      else if (hasEnded(req)) take()
      else req.on('readable', take).once('close', hungUp)
    })
  })
}

/**
 * Puts bytes back in front of those still to come. Node discards an unread content once the request
 * is answered, so that the connection can carry the next one; this content counts as read, so it
 * must be resumed.
 */
function putBack(req: IncomingMessage, res: ServerResponse, bytes: Buffer): void {
  if (bytes.length > 0) req.unshift(bytes)
  res.once('finish', () => {
    if (req.readableFlowing === null && req.listenerCount('readable') === 0) req.resume()
  })
}
