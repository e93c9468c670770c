import type { ServerResponse } from 'node:http'
import {
  addedLines,
  connectionNames,
  describesBytes,
  fieldValue,
  formatHttpDate,
  type HeaderMap,
  hasLines,
  isHopByHop,
} from '@sitecache/http'

import { isHttp2, rawHeaderNames } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'

/** The part of a head that is kept with a page. */
export interface StoredHead {
  readonly status: number
  readonly statusMessage: string
  /** Name, value, name, value: in their order, letter case and repetition. */
  readonly headers: string[]
  /**
   * Names, in lower case, that stood on the response before the route ran and that it took away.
   */
  readonly removed: readonly string[]
}

/**
 * Of this exchange alone (RFC 9111 §5.1, RFC 9211), or worked out from the body when it is known.
 */
const neverStored = new Set(['age', 'cache-status', 'content-length', 'sitecache-explain', TARGETED_FIELD])

/** Fields of the representation itself (RFC 9110 §8): they are the page's, whoever set them. */
const describesRepresentation = new Set(['content-encoding', 'content-language', 'content-type'])

/**
 * Returns the headers that a hit has to send again.
 *
 * Headers that stood on the response before the look-up, and still stand there as they were, are
 * those of a middleware that runs on every request, on a hit too: it sets them afresh. Of lists, so
 * are its lines.
 *
 * @param headers those of the response, as `headersOf` gives them
 * @param standing the headers that stood at the look-up; undefined: all are stored
 * @param without names, in lower case, of fields that the response keeps from caches
 *   (RFC 9111 §5.2.2.4, §5.2.2.7)
 * @param hasHoles its body is kept as it was before its holes were filled, and before it was
 *   encoded
 */
export function storedHead(
  res: ServerResponse,
  headers: HeaderMap,
  priorHeaders: HeaderMap | undefined,
  keepCookies: boolean,
  without: readonly string[],
  now: number,
  hasHoles = false,
): StoredHead {
  const kept: string[] = []
  const removed = Object.keys(priorHeaders ?? {}).filter((name) => headers[name] === undefined)
  const connection = connectionNames(headers)
  for (const name of rawHeaderNames(res)) {
    const lower = name.toLowerCase()
    if (neverStored.has(lower) || isHopByHop(lower) || connection.has(lower)) continue
    if ((lower === 'set-cookie' && !keepCookies) || without.includes(lower)) continue
    if (hasHoles && describesBytes(lower)) continue
    const value = headers[lower]
    const before = priorHeaders?.[lower]
    if (before === undefined || describesRepresentation.has(lower)) pushLines(kept, name, value)
    else if (hasLines(lower)) {
      const { added, replaced } = addedLines(linesOf(before), linesOf(value))
      pushLines(kept, name, added)
      if (replaced) removed.push(lower)
    } else if (!sameValue(before, value)) pushLines(kept, name, value)
  }
  // Node would add the date of each hit: a page has that of its response (RFC 9110 §6.6.1).
  if (headers.date === undefined) kept.push('Date', formatHttpDate(now))
  return { status: res.statusCode, statusMessage: customReason(res), headers: kept, removed }
}

/** Length of the body that the head announces, in bytes; undefined when it announces none. */
export function declaredLength(headers: HeaderMap): number | undefined {
  const value = fieldValue(headers, 'content-length')
  return value === undefined ? undefined : Number(value)
}

function linesOf(value: HeaderMap[string]): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String)
}

function pushLines(list: string[], name: string, value: HeaderMap[string]): void {
  if (value === undefined) return
  if (typeof value === 'object') for (const line of value) list.push(name, String(line))
  else list.push(name, String(value))
}

function sameValue(a: HeaderMap[string], b: HeaderMap[string]): boolean {
  return a === b || (a !== undefined && b !== undefined && String(a) === String(b))
}

/** Set by `writeHead(status, reason)` or by the handler; otherwise Node's own for the status. */
function customReason(res: ServerResponse): string {
  return isHttp2(res) ? '' : (res.statusMessage ?? '')
}
