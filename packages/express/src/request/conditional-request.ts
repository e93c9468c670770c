import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
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

function replacePreconditions(
  req: IncomingMessage,
  fields: Readonly<Record<string, string | undefined>>,
): () => void {
  const { headers, rawHeaders } = req
  const asked = new Map(preconditions.map((name) => [name, headers[name]]))
  const raw = rawHeaders.filter(
    (_, i) => !preconditions.includes(String(rawHeaders[i - (i % 2)]).toLowerCase()),
  )
  for (const name of preconditions) delete headers[name]
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    headers[name] = value
    raw.push(name, value)
  }
  showRawHeaders(req, raw)
  return () => {
    // The application may have put a copy in their place.
    for (const shown of new Set([headers, req.headers])) restoreFields(shown, asked)
    showRawHeaders(req, rawHeaders)
  }
}

function restoreFields(
  headers: IncomingHttpHeaders,
  asked: ReadonlyMap<string, IncomingHttpHeaders[string]>,
): void {
  for (const [name, value] of asked) {
    if (value === undefined) delete headers[name]
    else headers[name] = value
  }
}

/** Over HTTP/2 they are an accessor of the prototype. */
function showRawHeaders(req: IncomingMessage, value: string[]): void {
  Object.defineProperty(req, 'rawHeaders', { value, writable: true, configurable: true, enumerable: true })
}
