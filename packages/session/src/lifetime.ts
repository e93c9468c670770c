import type { SessionData } from 'express-session'

/**
 * Returns a session's lifetime in seconds: its cookie's, or `ttl` if that ends with the browser; 0
 * or less: it has expired.
 */
export function lifetimeOf({ cookie }: Pick<SessionData, 'cookie'>, ttl: number): number {
  const { expires } = cookie ?? {}
  if (expires === null || expires === undefined) return ttl
  const left = (new Date(expires).getTime() - Date.now()) / 1000
  return Number.isFinite(left) ? left : ttl
}
