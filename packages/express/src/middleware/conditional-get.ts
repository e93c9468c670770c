import type { ServerResponse } from 'node:http'
import { isNotModified, parseCacheControl, staysInNotModified } from '@sitecache/http'
import etag from 'etag'
import onHeaders from 'on-headers'
import { headersOf } from '../node/response-headers.js'
import type { Wrapper } from '../node/types.js'
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
      const body = { dropped: false }
      const priorHeaders = headersOf(res)
      onHeaders(res, () => {
        const headers = headersOf(res)
        if (res.statusCode !== 200 || !isNotModified(req.headers, headers, Date.now())) return
        res.statusCode = 304
        for (const [name, value] of Object.entries(headers)) {
          if (value !== priorHeaders[name] && !staysInNotModified(name)) res.removeHeader(name)
        }
        body.dropped = true
      })
      dropBody(res, body)
      return next()
    },
    usage,
  )
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
  if (!res.hasHeader('Content-Length') && !res.hasHeader('Transfer-Encoding'))
    res.setHeader('Content-Length', bytes.length)
  // As in Django's needs_etag: a client that may not store a response never validates it.
  const mayStore = !parseCacheControl(headersOf(res)['cache-control']).has('no-store')
  if (mayStore && !res.hasHeader('ETag')) res.setHeader('ETag', etag(bytes))
}

function dropBody(res: ServerResponse, body: { dropped: boolean }): void {
  const { write, end } = res
  res.write = function conditionalWrite(...args: unknown[]): boolean {
    if (!res.headersSent) res.writeHead(res.statusCode)
    if (!body.dropped) return Reflect.apply(write, res, args)
    const callback = args.find((arg): arg is () => void => typeof arg === 'function')
    if (callback !== undefined) process.nextTick(callback)
    return true
  } as typeof res.write
  res.end = function conditionalEnd(...args: unknown[]): ServerResponse {
    const [chunk, encoding] = args
    const isWhole = typeof chunk === 'string' || chunk instanceof Uint8Array
    if (!res.headersSent && isWhole) describe(res, chunk, encoding)
    if (!res.headersSent) res.writeHead(res.statusCode)
    return Reflect.apply(end, res, body.dropped ? args.filter((arg) => typeof arg === 'function') : args)
  } as typeof res.end
}
