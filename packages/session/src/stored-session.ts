import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'

/** A session read from the cache. */
export interface StoredSession {
  readonly id: string
  readonly session: SessionData
}

/** Returns the key of a session's last touch. */
export function touchKey(key: string): string {
  return `${key}:touch`
}

/** Returns a session's key, a digest: keys show in events, logs and the store's own tools. */
export function sessionKey(prefix: string, sid: string): string {
  return `${prefix}${createHash('sha256').update(sid).digest('base64url')}`
}

/**
 * Encodes a session as JSON, as every store of express-session does, so that the cookie's toJSON
 * applies.
 *
 * @param at milliseconds since the epoch
 */
export function writeSession(id: string, session: SessionData, at: number): string {
  return JSON.stringify({ id, session, at })
}

/** Encodes the cookie that a touch gives a session. */
export function writeTouch(id: string, { cookie }: Pick<SessionData, 'cookie'>, at: number): string {
  return JSON.stringify({ id, cookie, at })
}

/**
 * Decodes a session, with the cookie of its last touch; nothing from a store is trusted.
 *
 * @param touch value of its touch, if it has been touched
 * @param sid the requested id: another session is none
 * @returns undefined: it is no session
 */
export function readSession(value: unknown, touch: unknown, sid?: string): StoredSession | undefined {
  const read = parse(value)
  if (read === undefined || typeof read.id !== 'string' || !isRecord(read.session)) return undefined
  if (!isRecord(read.session.cookie) || Object.hasOwn(read.session, '__proto__')) return undefined
  if (sid !== undefined && read.id !== sid) return undefined
  const cookie = touchedCookie(parse(touch), read.id, Number(read.at ?? 0)) ?? read.session.cookie
  return { id: read.id, session: { ...read.session, cookie } as unknown as SessionData }
}

/** Returns the cookie of a touch of this session that came after it was set. */
function touchedCookie(
  touch: Readonly<Record<string, unknown>> | undefined,
  id: string,
  at: number,
): Record<string, unknown> | undefined {
  if (touch === undefined || touch.id !== id || !isRecord(touch.cookie)) return undefined
  return typeof touch.at === 'number' && touch.at >= at ? touch.cookie : undefined
}

function parse(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const read: unknown = JSON.parse(value)
    return isRecord(read) ? read : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
