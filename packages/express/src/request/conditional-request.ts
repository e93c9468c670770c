import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Page } from '@sitecache/http'

/** Fields by which a request asks for less than a whole page. */
const preconditions = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/**
 * RFC 9111 §4.3.1: asks the handler whether a stored page still holds, in place of what the client
 * asked. Answers what puts the client's own fields back: layers outside answer the client by them.
 */
export function makeConditional(req: IncomingMessage, page: Page): () => void {
  return replacePreconditions(req, { 'if-none-match': page.etag, 'if-modified-since': page.lastModified })
}

/**
 * RFC 9111 §3.4: asks for what is missing of a part, as long as it is the same representation
 * (RFC 9110 §13.1.5).
 */
export function makeRangeRequest(req: IncomingMessage, page: Page, range: string): () => void {
  return replacePreconditions(req, { range, 'if-range': page.strongValidator })
}

/** Asks the handler for the whole page, where the cache answers the client's conditions by it. */
export function makeUnconditional(req: IncomingMessage): () => void {
  return replacePreconditions(req, {})
}

type Fields = Record<string, unknown>

function replacePreconditions(
  req: IncomingMessage,
  fields: Readonly<Record<string, string | undefined>>,
): () => void {
  const { headers, rawHeaders } = req
  const distinct = distinctOf(req)
  const raw = rawHeaders.filter(
    (_, i) => !preconditions.includes(String(rawHeaders[i - (i % 2)]).toLowerCase()),
  )
  const asked = valuesOf(headers)
  const askedDistinct = valuesOf(distinct)
  for (const name of preconditions) {
    const value = fields[name]
    put(headers, name, value)
    put(distinct, name, value === undefined ? undefined : [value])
    if (value !== undefined) raw.push(name, value)
  }
  showRawHeaders(req, raw)
  return () => {
    // The application may have put a copy in their place.
    for (const shown of new Set([headers, req.headers])) putAll(shown, asked)
    putAll(distinct, askedDistinct)
    showRawHeaders(req, rawHeaders)
  }
}

/**
 * Returns `headersDistinct`. Node makes it of `rawHeaders` when it is first asked for, and throws
 * where a line that the client sent isn't there any more: so it is made before one is taken away.
 */
function distinctOf(req: IncomingMessage): Fields {
  try {
    return Reflect.get(IncomingMessage.prototype, 'headersDistinct', req) ?? {}
  } catch {
    // The application has taken lines away.
    return {}
  }
}

function valuesOf(shown: IncomingHttpHeaders | Fields): ReadonlyMap<string, unknown> {
  return new Map(preconditions.map((name) => [name, shown[name]]))
}

function putAll(shown: Fields, values: ReadonlyMap<string, unknown>): void {
  for (const [name, value] of values) put(shown, name, value)
}

function put(shown: Fields, name: string, value: unknown): void {
  if (value === undefined) delete shown[name]
  else shown[name] = value
}

/** Over HTTP/2 they are an accessor of the prototype. */
function showRawHeaders(req: IncomingMessage, value: string[]): void {
  Object.defineProperty(req, 'rawHeaders', { value, writable: true, configurable: true, enumerable: true })
}
