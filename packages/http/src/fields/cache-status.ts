import { parseList, Token } from 'structured-headers'

/** Parameters of a member of Cache-Status (RFC 9211 §2). */
export interface CacheStatus {
  readonly hit?: boolean | undefined
  /** Seconds for which the page stays fresh; negative: stale. Infinity is left out. */
  readonly ttl?: number | undefined
  readonly fwd?: string | undefined
  /** Status of the handler's response, where the client gets another one. */
  readonly fwdStatus?: number | undefined
  readonly stored?: boolean | undefined
  /** The request waited for the response to another one. */
  readonly collapsed?: boolean | undefined
  /** One of sitecache's own words, never a visitor's data. */
  readonly detail?: string | undefined
}

const token = /^[A-Za-z*][!#$%&'*+.^_`|~:/\w-]*$/

/**
 * Formats one member of Cache-Status.
 *
 * @param name of the cache: a token
 */
export function formatCacheStatus(
  { hit, ttl, fwd, fwdStatus, stored, collapsed, detail }: CacheStatus,
  name = 'sitecache',
): string {
  let text = name
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

/**
 * Parses Cache-Status. Of several sitecache members the one nearest to the client counts that has
 * looked up a page; else the nearest.
 *
 * @returns undefined where there is none
 */
export function parseCacheStatus(value: string): CacheStatus | undefined {
  const parameters = lastOwn(value)
  if (parameters === undefined) return undefined
  const word = (name: string): string | undefined => {
    const item = parameters.get(name)
    return item instanceof Token ? item.toString() : typeof item === 'string' ? item : undefined
  }
  const count = (name: string): number | undefined => {
    const item = parameters.get(name)
    return typeof item === 'number' ? item : undefined
  }
  return {
    hit: parameters.get('hit') === true,
    stored: parameters.get('stored') === true,
    collapsed: parameters.get('collapsed') === true,
    fwd: word('fwd'),
    fwdStatus: count('fwd-status'),
    ttl: count('ttl'),
    detail: word('detail'),
  }
}

function lastOwn(value: string): ReadonlyMap<string, unknown> | undefined {
  try {
    // RFC 9211 §2: the cache that is closest to the client comes last.
    const own = parseList(value).filter(([name]) => name instanceof Token && isOwnName(name.toString()))
    return (own.findLast(([, parameters]) => !isPassing(parameters)) ?? own.at(-1))?.[1]
  } catch {
    // RFC 9651 §4.2: an invalid field is ignored.
    return undefined
  }
}

/** Layers within an application add what tells them apart behind a slash. */
function isOwnName(name: string): boolean {
  return name === 'sitecache' || name.startsWith('sitecache/')
}

function isPassing(parameters: ReadonlyMap<string, unknown>): boolean {
  const fwd = String(parameters.get('fwd'))
  return fwd === 'bypass' || fwd === 'method'
}
