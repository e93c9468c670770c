import type { ServerResponse } from 'node:http'
import { isNotModified, parseCacheControl } from '@sitecache/http'
import etag from 'etag'
import onHeaders from 'on-headers'
import type { Wrapper } from '../framework/types.js'
import { makeWrapper } from '../framework/wrapper.js'
import { headersOf } from './response-headers.js'

/** Metadata of a body that is not sent (RFC 9110 §15.4.5). */
const representationHeaders = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'Transfer-Encoding',
]

/**
 * Gives GET responses an ETag where they have none and are written in one piece, and answers 304 to who has the
 * page already, as Django's ConditionalGetMiddleware. Above `updateCache()`, so that whole pages are stored.
 *
 * @example app.use(conditionalGet())
 */
export function conditionalGet(): Wrapper {
  return makeWrapper('conditionalGet', (req, res, next) => {
    if (req.method !== 'GET') return next()
    const body = { dropped: false }
    onHeaders(res, () => {
      const headers = headersOf(res)
      if (res.statusCode !== 200 || !isNotModified(req.headers, headers, Date.now())) return
      res.statusCode = 304
      for (const name of representationHeaders) res.removeHeader(name)
      body.dropped = true
    })
    dropBody(res, body)
    return next()
  })
}

function tag(res: ServerResponse, chunk: string | Uint8Array, encoding: unknown): void {
  if (res.statusCode !== 200 || res.hasHeader('ETag')) return
  // Django's needs_etag: what nobody may keep, nobody will ask for again.
  if (parseCacheControl(headersOf(res)['cache-control']).has('no-store')) return
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
  const bytes =
    typeof chunk === 'string'
      ? Buffer.from(chunk, known)
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  // Weak: a middleware above this one may still compress it (RFC 9110 §8.8.1).
  res.setHeader('ETag', etag(bytes, { weak: true }))
}

function dropBody(res: ServerResponse, body: { dropped: boolean }): void {
  const { write, end } = res
  res.write = function conditionalWrite(...args: unknown[]): boolean {
    if (!res.headersSent) res.writeHead(res.statusCode)
    if (!body.dropped) return Reflect.apply(write, res, args)
    const written = args.find((arg): arg is () => void => typeof arg === 'function')
    if (written !== undefined) process.nextTick(written)
    return true
  } as typeof res.write
  res.end = function conditionalEnd(...args: unknown[]): ServerResponse {
    const [chunk, encoding] = args
    // A body that is given whole can be told from another by its digest; one in pieces has gone by its end.
    if (!res.headersSent && (typeof chunk === 'string' || chunk instanceof Uint8Array))
      tag(res, chunk, encoding)
    if (!res.headersSent) res.writeHead(res.statusCode)
    return Reflect.apply(end, res, body.dropped ? args.filter((arg) => typeof arg === 'function') : args)
  } as typeof res.end
}
