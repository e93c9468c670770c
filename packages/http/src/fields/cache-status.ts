import { parseList, Token } from 'structured-headers'

/** What a cache did with a request (RFC 9211 §2). */
export interface CacheStatus {
  readonly hit?: boolean | undefined
  /** Seconds for which the page stays fresh; negative: stale. Infinity is not shown. */
  readonly ttl?: number | undefined
  readonly fwd?: string | undefined
  /** What the handler answered, where its client is answered otherwise. */
  readonly fwdStatus?: number | undefined
  readonly stored?: boolean | undefined
  /** It waited for another request's response. */
  readonly collapsed?: boolean | undefined
  /** A word of ours, never a visitor's data. */
  readonly detail?: string | undefined
}

const token = /^[A-Za-z*][!#$%&'*+.^_`|~:/\w-]*$/

/** One member of Cache-Status, under the name `sitecache`. */
export function formatCacheStatus({
  hit,
  ttl,
  fwd,
  fwdStatus,
  stored,
  collapsed,
  detail,
}: CacheStatus): string {
  let text = 'sitecache'
  if (hit === true) text += '; hit'
  if (fwd !== undefined) text += `; fwd=${fwd}`
  if (fwdStatus !== undefined) text += `; fwd-status=${fwdStatus}`
  if (stored === true) text += '; stored'
  if (collapsed === true) text += '; collapsed'
  if (ttl !== undefined && Number.isFinite(ttl)) text += `; ttl=${ttl}`
  if (detail !== undefined)
    text += `; detail=${token.test(detail) ? detail : `"${detail.replace(/[^ !#-[\]-~]/g, '')}"`}`
  return text
}

/** What sitecache said in a Cache-Status; of several members the one nearest to the client. Undefined: it said nothing. */
export function parseCacheStatus(value: string): CacheStatus | undefined {
  const parameters = lastOwn(value)
  if (parameters === undefined) return undefined
  const word = (name: string): string | undefined => {
    const item = parameters.get(name)
    return item instanceof Token ? item.toString() : typeof item === 'string' ? item : undefined
  }
  return {
    hit: parameters.get('hit') === true,
    stored: parameters.get('stored') === true,
    collapsed: parameters.get('collapsed') === true,
    fwd: word('fwd'),
    detail: word('detail'),
  }
}

function lastOwn(value: string): ReadonlyMap<string, unknown> | undefined {
  try {
    // RFC 9211 §2: a list; the cache that is closest to the client stands last.
    const own = parseList(value).findLast(
      ([name]) => name instanceof Token && name.toString() === 'sitecache',
    )
    return own?.[1]
  } catch {
    // RFC 9651 §4.2: a field that can't be parsed is ignored.
    return undefined
  }
}
