import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ContentMethod, contentMaterial, type HeaderMap } from '@sitecache/http'
import { after } from '../node/maybe-promise.js'
import { field, type MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Reading, readContent } from './read-body.js'
import { exchangeOf } from './request-state.js'

/** What a request asks by, beside its URL. */
export interface Content {
  readonly method: ContentMethod
  readonly body: Buffer
  /** What it adds to the key (RFC 10008 §2.7). */
  readonly material: string
}

/**
 * The method of a request that asks by its content, if this layer keeps pages for it; undefined for all others, and where a middleware has
 * changed the method: to who sent it, it is another.
 */
export function contentMethod({ rules }: Layer, req: IncomingMessage): ContentMethod | undefined {
  if (rules.contentMethods.length === 0) return undefined
  const method = field(req, 'method')
  const original = field(req, 'originalMethod') ?? method
  return original === method ? rules.contentMethods.find((name) => name === method) : undefined
}

/** The content of a request, read once for all layers of cache on its way: the bounds of the first one count. */
export function contentOf(
  { rules }: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<Reading> {
  const exchange = exchangeOf(req)
  const { maxRequestBodyBytes: maxBytes, requestBodyTimeout: milliseconds } = rules
  const read = exchange.content ?? readContent(req, res, { maxBytes, milliseconds })
  return after(read, (reading) => {
    exchange.content = reading
    return typeof reading !== 'string' && reading.length > maxBytes ? 'body-too-large' : reading
  })
}

/** @param headers of the request, by names in lower case */
export function describeContent(method: ContentMethod, body: Buffer, headers: HeaderMap): Content {
  return { method, body, material: contentMaterial(body, headers) }
}

/**
 * For body parsers that stand in front of the cache: as their `verify`, it keeps the bytes that they read, without which the requests
 * pass the cache by (`body-gone`). What came encoded is not kept: the parser shows it decoded.
 *
 * @example app.use(express.json({ verify: keepRequestBody }))
 */
export function keepRequestBody(req: IncomingMessage, _res: ServerResponse, body: Buffer): void {
  const coding = req.headers['content-encoding'] ?? 'identity'
  if (Buffer.isBuffer(body) && coding.toLowerCase() === 'identity') exchangeOf(req).content = body
}
