import { types } from 'node:util'
import type { SessionData } from 'express-session'

/**
 * Returns a session's lifetime in seconds: its cookie's, or `ttl` if that ends with the browser; 0
 * or less: it has expired.
 *
 * express-session takes a cookie without an end by `expires` of null, false or undefined, and by a
 * date that is none, as its MemoryStore does.
 */
export function lifetimeOf({ cookie }: Pick<SessionData, 'cookie'>, ttl: number): number {
  const end = endOf(cookie?.expires)
  return end === undefined ? ttl : (end - Date.now()) / 1000
}

/** Returns a cookie's end in milliseconds since the epoch; undefined: it ends with the browser. */
function endOf(expires: unknown): number | undefined {
  if (!expires || expires === true) return undefined
  const end = types.isDate(expires) ? expires.getTime() : new Date(expires as string | number).getTime()
  return Number.isFinite(end) ? end : undefined
}
