import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'

/** A session as it was read. */
export interface StoredSession {
  readonly id: string
  readonly session: SessionData
}

/** The key of a session: no id can be read from keys, which show in events, logs and the store's own tools. */
export function sessionKey(prefix: string, sid: string): string {
  return `${prefix}${createHash('sha256').update(sid).digest('base64url')}`
}

/** As the cache keeps it. JSON, as every store of express-session does: what its cookie's toJSON says is what counts. */
export function writeSession(id: string, session: SessionData): string {
  return JSON.stringify({ id, session })
}

/**
 * What the cache answered; undefined when that is no session. Nothing that comes from a store is trusted.
 *
 * @param sid the id that was asked for: another session is none
 */
export function readSession(value: unknown, sid?: string): StoredSession | undefined {
  if (typeof value !== 'string') return undefined
  let read: unknown
  try {
    read = JSON.parse(value)
  } catch {
    return undefined
  }
  if (!isRecord(read) || typeof read.id !== 'string' || !isRecord(read.session)) return undefined
  if (!isRecord(read.session.cookie) || Object.hasOwn(read.session, '__proto__')) return undefined
  if (sid !== undefined && read.id !== sid) return undefined
  return { id: read.id, session: read.session as unknown as SessionData }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
