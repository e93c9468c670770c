import type { IncomingMessage } from 'node:http'
import { field } from '../node/types.js'

/**
 * Is somebody signed in, as far as passport, express-session, express-jwt and their like show it?
 * The default of the option `isAuthenticated`.
 */
export function isSignedIn(req: IncomingMessage): boolean {
  if (isPresent(field(req, 'user')) || isPresent(field(req, 'auth'))) return true
  const isAuthenticated = field(req, 'isAuthenticated')
  if (typeof isAuthenticated === 'function' && isAuthenticated.call(req) === true) return true
  const session = field(req, 'session')
  if (session === undefined) return false
  const { user: member, userId, passport } = fields(session)
  return isPresent(member) || isPresent(userId) || isPresent(fields(passport).user)
}

/**
 * Does the session hold anything but its cookie's settings? A page rendered from it is that visitor's own.
 */
export function hasSessionData(req: IncomingMessage): boolean {
  return Object.entries(fields(field(req, 'session'))).some(
    ([name, value]) => name !== 'cookie' && typeof value !== 'function' && isPresent(value),
  )
}

/**
 * What tells a signed-in visitor from all others: the credentials that the request carries.
 * Undefined when they came by a way that is not known here; such a visitor shares nothing.
 */
export function credentials(req: IncomingMessage): string | undefined {
  const { cookie, authorization } = req.headers
  if (cookie === undefined && authorization === undefined) return undefined
  return JSON.stringify([cookie ?? null, authorization ?? null])
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}
