import type { ServerResponse } from 'node:http'
import { type HeaderMap, patchCacheControl } from '@sitecache/http'
import type { Forwarded } from './forwarded.js'
import type { HeadDecision } from './judge-head.js'

/**
 * Sends a page as the part that its client asked for with `Range: bytes=0-`, all of it, where its
 * length is known with its head (RFC 9110 §15.3.7). A whole 200 is as right.
 */
export function sendAsAskedPart(
  res: ServerResponse,
  { mode, requestHeaders }: Forwarded,
  decision: HeadDecision,
): void {
  if (mode !== 'whole' || decision.action !== 'store' || res.statusCode !== 200) return
  if (requestHeaders.range === undefined || requestHeaders['if-range'] !== undefined) return
  const length = decision.pending.declaredLength ?? 0
  const refused = String(res.getHeader('accept-ranges')).toLowerCase() === 'none'
  if (length === 0 || refused || mayEncode(res)) return
  res.statusCode = 206
  res.setHeader('Content-Range', `bytes 0-${length - 1}/${length}`)
}

/**
 * Returns the head of a part such that no layer outside encodes it: the bytes would not be those of
 * its Content-Range (RFC 9110 §7.7, §14.4).
 *
 * @param head name, value, name, value
 */
export function headOfPart(
  res: ServerResponse,
  head: readonly string[],
  asked: HeaderMap,
): readonly string[] {
  if (asked['accept-encoding'] === undefined || !mayEncode(res)) return head
  const isControl = (i: number): boolean => head[i - (i % 2)]?.toLowerCase() === 'cache-control'
  const control = head.filter((_, i) => i % 2 === 1 && isControl(i)).join(', ')
  const others = head.filter((_, i) => !isControl(i))
  return [...others, 'Cache-Control', patchCacheControl(control, { noTransform: true })]
}

/** A middleware has replaced the response's methods, as compression does. */
function mayEncode(res: ServerResponse): boolean {
  return Object.hasOwn(res, 'write')
}
