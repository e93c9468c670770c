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
