import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'

/** A session read from the cache. */
export interface StoredSession {
  readonly id: string
  readonly session: SessionData
}

/** Returns a session's key, a digest: keys show in events, logs and the store's own tools. */
export function sessionKey(prefix: string, sid: string): string {
  return `${prefix}${createHash('sha256').update(sid).digest('base64url')}`
}

/**
 * Encodes a session as JSON, as every store of express-session does, so that the cookie's toJSON
 * applies.
 */
export function writeSession(id: string, session: SessionData): string {
  return JSON.stringify({ id, session })
}

/**
 * Decodes a session; nothing from a store is trusted.
 *
 * @param sid the requested id: another session is none
 * @returns undefined: it is no session
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
