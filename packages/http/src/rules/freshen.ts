import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseVary, patchVary } from '../fields/vary.js'
import type { Page } from '../page/page.js'

/**
 * RFC 9111 §3.2: fields that describe the stored body, which a response without it can't change.
 */
const ofTheStoredBody = new Set([
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'repr-digest',
])

/**
 * Returns the headers of a stored page, freshened by those of a newer response without a body: a
 * 304, or a 200 to a HEAD (RFC 9111 §3.2, §4.3.4, §4.3.5). Headers that it doesn't name stay; so do
 * names in Vary, since the body still depends on them (RFC 9110 §12.5.5).
 *
 * @param newer name, value, name, value: the headers of the newer response that may be stored
 */
export function freshenedHeaders(page: Page, newer: readonly string[]): string[] {
  const updates = linesByName(newer)
  const headers: string[] = []
  const replaced = new Set<string>()
  for (let i = 0; i + 1 < page.headers.length; i += 2) {
    const [name = '', value = ''] = [page.headers[i], page.headers[i + 1]]
    const lower = name.toLowerCase()
    const update = updates.get(lower)
    if (update === undefined) headers.push(name, value)
    else if (!replaced.has(lower)) headers.push(...update)
    replaced.add(lower)
  }
  for (const [lower, update] of updates) if (!replaced.has(lower)) headers.push(...update)
  return withVaryOf(page, headers)
}

/** RFC 9110 §5.1. `patchVary` throws for others, which a handler may have written. */
const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/

function withVaryOf(page: Page, headers: string[]): string[] {
  const stored = linesByName(page.headers).get('vary')
  const newer = linesByName(headers).get('vary')
  if (stored === undefined || newer === undefined || stored.join() === newer.join()) return headers
  const values = (lines: readonly string[]): string => lines.filter((_, i) => i % 2 === 1).join(', ')
  const merged = patchVary(
    values(newer),
    parseVary(values(stored)).filter((name) => fieldName.test(name)),
  )
  const others = headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'vary')
  return [...others, 'Vary', merged]
}

function linesByName(list: readonly string[]): Map<string, string[]> {
  const byName = new Map<string, string[]>()
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name = '', value = ''] = [list[i], list[i + 1]]
    const lower = name.toLowerCase()
    if (ofTheStoredBody.has(lower)) continue
    byName.set(lower, [...(byName.get(lower) ?? []), name, value])
  }
  return byName
}

/**
 * Returns whether the response to a HEAD describes the stored page (RFC 9111 §4.3.5): fields that
 * both have must be equal.
 */
export function describesSame(page: Page, headers: HeaderMap): boolean {
  return ['etag', 'last-modified', 'content-length', 'content-encoding'].every((name) => {
    const [stored, newer] = [page.header(name), fieldValue(headers, name)]
    return stored === undefined || newer === undefined || stored === newer
  })
}
