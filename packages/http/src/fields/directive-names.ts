/** Directives of a response without a value (RFC 9111 §5.2.2, RFC 8246). */
export const FLAG_DIRECTIVES: ReadonlySet<string> = new Set([
  'public',
  'no-store',
  'no-transform',
  'must-revalidate',
  'proxy-revalidate',
  'must-understand',
  'immutable',
])

/** Directives of a response whose value is seconds (RFC 9111 §5.2.2, RFC 5861). */
export const SECONDS_DIRECTIVES: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
])
