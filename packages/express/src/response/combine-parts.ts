import {
  combineParts,
  contentRangeOf,
  freshenedHeaders,
  type HeaderMap,
  isWhole,
  Page,
  type Part,
} from '@sitecache/http'

/**
 * RFC 9111 §3.4: can what a response holds be put together with the stored part? Only with the same
 * strong validator.
 */
export function completes(stored: Page, headers: HeaderMap): boolean {
  const validator = stored.strongValidator
  const same = headers[validator === stored.etag ? 'etag' : 'last-modified']
  return (
    stored.part !== undefined &&
    validator !== undefined &&
    same === validator &&
    contentRangeOf(headers) !== undefined
  )
}

/**
 * A stored part and a newer one of the same representation as one page: whole, and then a 200, or a
 * longer part. Undefined where they can't be put together.
 *
 * @param newer the newer part as a page of its own
 */
export function completedPage(stored: Page, newer: Page): Page | undefined {
  const [mine, theirs] = [partOf(stored), partOf(newer)]
  if (mine === undefined || theirs === undefined || stored.strongValidator === undefined) return undefined
  const combined = stored.strongValidator === newer.strongValidator ? combineParts(mine, theirs) : undefined
  if (combined === undefined) return undefined
  const { range, body } = combined
  const whole = isWhole(combined)
  const headers = withoutBodyFields(freshenedHeaders(stored, newer.headers))
  headers.push('Content-Length', String(body.length))
  if (!whole) headers.push('Content-Range', `bytes ${range.start}-${range.end}/${range.total ?? '*'}`)
  return new Page({ ...newer, tags: newer.tags, status: whole ? 200 : 206, statusMessage: '', headers, body })
}

function partOf(page: Page): Part | undefined {
  const { part, body } = page
  return part === undefined ? undefined : { range: part, body }
}

function withoutBodyFields(list: readonly string[]): string[] {
  const dropped = ['content-digest', 'content-length', 'content-md5', 'content-range']
  return list.filter((_, i) => !dropped.includes(String(list[i - (i % 2)]).toLowerCase()))
}
