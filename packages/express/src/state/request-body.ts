import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, type MaybePromise } from '@sitecache/core/internal'
import { type ContentMethod, contentKeyText, type HeaderMap } from '@sitecache/http'
import { field } from '../node/types.js'
import { type BodyBounds, type BodyReading, readBody } from './read-body.js'
import { stateOf } from './request-state.js'

/** Part of a QUERY's or POST's page key that comes from its content (RFC 10008 §2.7). */
export interface BodyKey {
  readonly method: ContentMethod
  readonly body: Buffer
  /** Text of the content and of the fields that say how it is read. */
  readonly material: string
}

/**
 * Returns the method of a request whose page depends on its content.
 *
 * @param methods for which responses are stored
 * @returns undefined for all other methods, and when a middleware changed the method
 */
export function bodyMethod(
  methods: readonly ContentMethod[],
  req: IncomingMessage,
): ContentMethod | undefined {
  if (methods.length === 0) return undefined
  const method = field(req, 'method')
  const original = field(req, 'originalMethod') ?? method
  return original === method ? methods.find((name) => name === method) : undefined
}

/**
 * Reads the content of a request once for all layers of cache on its way; the bounds of the first
 * layer count.
 */
export function bodyOf(
  bounds: BodyBounds,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<BodyReading> {
  const state = stateOf(req)
  return after(state.body ?? readBody(req, res, bounds), (reading) => {
    state.body = reading
    return typeof reading !== 'string' && reading.length > bounds.maxBytes ? 'body-too-large' : reading
  })
}

/**
 * Returns the key part of a request's content.
 *
 * @param headers of the request, by names in lower case
 */
export function bodyKeyOf(method: ContentMethod, body: Buffer, headers: HeaderMap): BodyKey {
  return { method, body, material: contentKeyText(body, headers) }
}

/**
 * Keeps the bytes that a body parser above the cache has read. Pass it as that parser's `verify`;
 * without it the requests bypass the cache (`body-gone`). Encoded bytes are not kept, since the
 * parser passes them decoded.
 *
 * @example app.use(express.json({ verify: keepRequestBody }))
 */
export function keepRequestBody(req: IncomingMessage, _res: ServerResponse, body: Buffer): void {
  const coding = req.headers['content-encoding'] ?? 'identity'
  if (Buffer.isBuffer(body) && coding.toLowerCase() === 'identity') stateOf(req).body = body
}
