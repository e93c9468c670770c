import type { IncomingMessage, ServerResponse } from 'node:http'
import { types } from 'node:util'
import { isNotModified, parseCacheControl, staysInNotModified } from '@sitecache/http'
import etag from 'etag'
import onHeaders from 'on-headers'
import { captureResponse } from '../capture/capture.js'
import { isChunk, takesLength } from '../capture/held-response.js'
import type { CaptureObserver } from '../capture/observer.js'
import { passingOn } from '../inputs/request-reads.js'
import { type Headers, headersOf } from '../node/response-headers.js'
import type { Wrapper } from '../node/types.js'
import { peekState } from '../state/request-state.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = 'app.use(conditionalGet())'

/**
 * Adds an ETag to GET responses that have none and are written in one piece, and answers 304 to a
 * client that has the page already, as Django's ConditionalGetMiddleware. Goes above
 * `updateCache()`, so that whole pages are stored.
 *
 * @example app.use(conditionalGet())
 */
export function conditionalGet(...mistaken: never[]): Wrapper {
  checkCall('conditionalGet', usage, mistaken[0])
  return makeWrapper(
    'conditionalGet',
    (req, res, next) => {
      if (req.method !== 'GET') return next()
      const priorHeaders = headersOf(res)
      const body = {
        dropped: false,
        dropIfKnown() {
          if (!body.dropped) body.dropped = makeNotModified(req, res, priorHeaders)
        },
      }
      peekState(req)?.reserved?.()
      captureResponse(res, Number.POSITIVE_INFINITY, wholeBody(res, body)).hold()
      onHeaders(res, () => body.dropIfKnown())
      dropBody(res, body)
      return next()
    },
    usage,
  )
}

/** The body of a response, which no client sees that has the page already. */
interface Body {
  readonly dropped: boolean
  dropIfKnown(): void
}

/** Makes a response a 304, where the request's preconditions say so. */
function makeNotModified(req: IncomingMessage, res: ServerResponse, priorHeaders: Headers): boolean {
  const headers = headersOf(res)
  if (res.statusCode !== 200 || !isNotModified(req.headers, headers, Date.now())) return false
  res.statusCode = 304
  for (const [name, value] of Object.entries(headers)) {
    if (value !== priorHeaders[name] && !staysInNotModified(name)) res.removeHeader(name)
  }
  return true
}

/** Longest body that is held back for its ETag, in bytes. */
const MAX_HELD_BYTES = 5 * 2 ** 20

/**
 * Holds back a body of known length that has no ETag until it is whole. express-session writes such
 * bodies in two pieces, with the head before them: the last byte waits for the session to be saved.
 */
function wholeBody(res: ServerResponse, whole: Body): CaptureObserver {
  return {
    head: () => (isDescribable(res) ? 'replace' : 'pass'),
    replace(out, { body, length }) {
      // A body that is not as long as its head says is faulty: no ETag may stand for it.
      if (length === Number(res.getHeader('Content-Length'))) describe(res, body, undefined)
      whole.dropIfKnown()
      out.writeHead.call(res, res.statusCode)
      passingOn(res, () => void out.end.call(res, whole.dropped ? undefined : body))
    },
    abandoned: () => false,
    written() {},
    ending() {},
    overflowed() {},
    headFailed() {},
    end() {},
  }
}

function isDescribable(res: ServerResponse): boolean {
  if (res.statusCode !== 200 || res.hasHeader('ETag') || !res.hasHeader('Content-Length')) return false
  return Number(res.getHeader('Content-Length')) <= MAX_HELD_BYTES
}

/** Adds Content-Length and ETag for a body that is passed to `end` whole. */
function describe(res: ServerResponse, chunk: string | Uint8Array, encoding: unknown): void {
  if (res.statusCode !== 200) return
  const bufferEncoding = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
  const bytes =
    typeof chunk === 'string'
      ? Buffer.from(chunk, bufferEncoding)
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  // As Node does when it has the head and the body to write at once.
  if (takesLength(res)) res.setHeader('Content-Length', bytes.length)
  // As in Django's needs_etag: a client that may not store a response never validates it.
  const mayStore = !parseCacheControl(headersOf(res)['cache-control']).has('no-store')
  if (mayStore && !res.hasHeader('ETag')) res.setHeader('ETag', etag(bytes))
}

function dropBody(res: ServerResponse, body: Body): void {
  const { write, end } = res
  let isEnded = false
  res.write = function conditionalWrite(...args: unknown[]): boolean {
    if (!isChunk('write', args[0])) return Reflect.apply(write, res, args)
    if (!res.headersSent) res.writeHead(res.statusCode)
    if (!body.dropped) return Reflect.apply(write, res, args)
    callBack(args)
    // A 304 has no body to wait for, and this one may be long, or have no end.
    if (!isEnded) Reflect.apply(end, res, [])
    isEnded = true
    return true
  } as typeof res.write
  res.end = function conditionalEnd(...args: unknown[]): ServerResponse {
    const [chunk, encoding] = args
    if (!isChunk('end', chunk)) return Reflect.apply(end, res, args)
    const isWhole = typeof chunk === 'string' || types.isUint8Array(chunk)
    if (!res.headersSent && isWhole) describe(res, chunk, encoding)
    if (!res.headersSent) res.writeHead(res.statusCode)
    if (isEnded) callBack(args)
    if (isEnded) return res
    return Reflect.apply(end, res, body.dropped ? args.filter((arg) => typeof arg === 'function') : args)
  } as typeof res.end
}

function callBack(args: readonly unknown[]): void {
  const callback = args.find((arg): arg is () => void => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
}
