import { IncomingMessage, type ServerResponse } from 'node:http'
import type { MaybePromise } from '@sitecache/core/internal'

/**
 * Why the content of a request can't be part of a key:
 * - `body-gone`: somebody in front of the cache has read it, or is reading it, or there is no telling when it is whole;
 * - `body-too-large`, `body-late`: it is over `maxRequestBodyBytes`, or wasn't there within `requestBodyTimeout`;
 * - `trailers`: fields came behind it (RFC 9110 §6.5), which a handler may read and no key has;
 * - `expect`: its client waits for a 100 that the application gives by itself (RFC 9110 §10.1.1).
 */
export type BodyFault = 'body-gone' | 'body-too-large' | 'body-late' | 'trailers' | 'expect'

/** What came of reading a request's content. `hung-up`: its client left before it was whole. */
export type BodyReading = Buffer | BodyFault | 'hung-up'

/** How much of a content is read before its handler runs, in bytes, and how long that may take, in milliseconds. */
export interface BodyBounds {
  readonly maxBytes: number
  readonly milliseconds: number
}

/**
 * Reads the content of a request, and puts it back, so that who reads next finds all of it, in order: whole; or what had come, where
 * it is over its bounds, with the rest behind it.
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

/** In bytes; undefined: the head doesn't say. */
function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** Only of a request of Node's own, which nobody has read from, is it known that the bytes to come are all of them. */
function isUntouched(req: IncomingMessage): boolean {
  if (!(req instanceof IncomingMessage) || req.destroyed || req.readableEnded) return false
  if (req.readableDidRead || req.readableFlowing !== null || req.readableEncoding !== null) return false
  return req.listenerCount('data') === 0 && req.listenerCount('readable') === 0
}

/** Node sends the 100 before the application runs, unless that listens to `checkContinue`: then it is the application's to send. */
function waitsForContinue({ headers }: IncomingMessage, res: ServerResponse): boolean {
  return headers.expect !== undefined && (res as { _sent100?: boolean })._sent100 !== true
}

/**
 * Has the last byte come? No head is taken for an answer, not even that there is no content: HTTP/2 and adapters of other servers know
 * contents that no field announces, and adapters say `complete` of what they have not pushed yet. A key without the content would give one visitor
 * another's page.
 */
function hasEnded(req: IncomingMessage): boolean {
  const { ended } = (req as { _readableState?: { ended?: unknown } })._readableState ?? {}
  return ended === true
}

/** What speaks against a content that has ended; undefined: nothing. @param length its bytes */
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
      // Behind the tick in which the stream notices that nobody listens any more, so that the next reader finds it as it was; a request over a
      // connection in memory may get here before that tick.
      process.nextTick(resolve, outcome ?? content)
    }
    const take = (): void => {
      // Not where there is nothing: that would make the stream say that it has ended, to nobody.
      const chunk: Buffer | null = req.readableLength > 0 ? req.read() : null
      if (chunk !== null) chunks.push(chunk)
      length += chunk?.length ?? 0
      if (length > maxBytes) finish('body-too-large')
      else if (hasEnded(req)) finish(flawOf(req, length))
    }
    const hungUp = (): void => finish('hung-up')
    const timer = setTimeout(() => finish('body-late'), milliseconds).unref()
    // A tick later Node has parsed what came with the head, which mostly is all of it. Whoever listened before would have the stream look once more
    // after its end, and say that it has ended before the handler listens.
    process.nextTick(() => {
      if (req.destroyed) hungUp()
      else if (hasEnded(req)) take()
      else req.on('readable', take).once('close', hungUp)
    })
  })
}

/**
 * Puts bytes back in front of what is still to come. Node throws away what nobody has read of a request once it is answered, so that the next one
 * on the connection can come; having been read, it counts as somebody's.
 */
function putBack(req: IncomingMessage, res: ServerResponse, bytes: Buffer): void {
  if (bytes.length > 0) req.unshift(bytes)
  res.once('finish', () => {
    if (req.readableFlowing === null && req.listenerCount('readable') === 0) req.resume()
  })
}
