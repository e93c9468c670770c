import type { IncomingMessage, ServerResponse } from 'node:http'
import { SitecacheError } from '@sitecache/core'
import { field } from '../node/types.js'

/**
 * Whether a response has no body, whatever its handler writes (RFC 9110 §9.3.2, §15.3.5, §15.4.5).
 */
export function isBodiless(req: IncomingMessage, res: ServerResponse): boolean {
  return field(req, 'method') === 'HEAD' || res.statusCode === 204 || res.statusCode === 304
}

/**
 * Returns the reason why marks can't be found or filled in a response.
 *
 * @returns undefined when they can
 */
export function unfillable(
  req: IncomingMessage,
  res: ServerResponse,
  token: string,
): SitecacheError | undefined {
  const marked = markedHeaders(res, token)
  if (marked.length > 0)
    return new SitecacheError(`A hole can't stand in a header; marks were set in: ${marked.join(', ')}`)
  if (isBodiless(req, res)) return undefined
  const coding = res.getHeader('content-encoding')
  const isEncoded = coding !== undefined && !/^(?:identity)?$/i.test(String(coding).trim())
  if (!isEncoded && res.statusCode !== 206) return undefined
  const manner = isEncoded ? 'encoded' : 'as a part'
  return new SitecacheError(
    `A page with holes was written ${manner}, so that they can't be filled: leave ranges to the cache, and codings to a middleware such as compression()`,
  )
}

/** Makes a response a 500, so that its developer sees the fault at once: a mark is never sent. */
export function makeServerError(res: ServerResponse, token: string): void {
  const names = [
    ...markedHeaders(res, token),
    ...res.getHeaderNames().filter((name) => /^content-/.test(name)),
  ]
  for (const name of names) res.removeHeader(name)
  res.statusCode = 500
  res.setHeader('Cache-Control', 'no-store')
}

function markedHeaders(res: ServerResponse, token: string): readonly string[] {
  return res.getHeaderNames().filter((name) => String(res.getHeader(name)).includes(token))
}
