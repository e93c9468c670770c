import type { ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'
import { headersOf, isHttp2 } from '../node/response-headers.js'

/** A head as the client receives it. */
export interface WireHead {
  readonly status: number
  readonly headers: HeaderMap
}

/**
 * Returns whether a text may stand in the head that was written. Costs less than to take the head
 * apart.
 */
export function mayName(res: ServerResponse, text: string): boolean {
  const head: unknown = Reflect.get(res, '_header')
  return typeof head !== 'string' || head.includes(text)
}

/**
 * Returns the head that was really written. Outer middlewares change it after us, and
 * `res.writeHead(status, [...])` does not show in `getHeaders()`: only the text that Node composed
 * is complete.
 *
 * @returns undefined where there is no such text, nor a response of HTTP/2, whose headers are all
 *   among its own
 */
export function wireHead(res: ServerResponse): WireHead | undefined {
  const text: unknown = (res as { _header?: unknown })._header
  if (isHttp2(res)) return { status: res.statusCode, headers: headersOf(res) }
  if (typeof text !== 'string') return undefined
  const lines = text.split('\r\n')
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const line of lines.slice(1)) addLine(headers, line)
  return { status: res.statusCode, headers }
}

function addLine(headers: Record<string, string | string[]>, line: string): void {
  const colon = line.indexOf(':')
  if (colon <= 0) return
  const name = line.slice(0, colon).toLowerCase()
  const value = line.slice(colon + 1).trim()
  const known = headers[name]
  if (known === undefined) headers[name] = value
  else if (Array.isArray(known)) known.push(value)
  else headers[name] = [known, value]
}
