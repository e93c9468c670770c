import type { IncomingMessage } from 'node:http'
import { isPresent, isSignedInByOidc } from '../node/signed-in-fields.js'
import { field } from '../node/types.js'

/**
 * Default of `isAuthenticated`: whether a visitor is signed in by passport, express-session,
 * express-jwt, express-openid-connect or the like.
 */
export function isSignedIn(req: IncomingMessage): boolean {
  if (isPresent(field(req, 'user')) || isPresent(field(req, 'auth'))) return true
  if (isSignedInByOidc(Reflect.get(req, 'oidc'))) return true
  const isAuthenticated = field(req, 'isAuthenticated')
  if (typeof isAuthenticated === 'function' && isAuthenticated.call(req) === true) return true
  const session = field(req, 'session')
  if (session === undefined) return false
  const { user: member, userId, passport } = fields(session)
  return isPresent(member) || isPresent(userId) || isPresent(fields(passport).user)
}

/**
 * Whether the session holds anything but its cookie's settings: a page rendered from it belongs to
 * its visitor.
 */
export function hasSessionData(req: IncomingMessage): boolean {
  return Object.entries(fields(field(req, 'session'))).some(
    ([name, value]) => name !== 'cookie' && typeof value !== 'function' && isPresent(value),
  )
}

/**
 * Returns the credentials in a request, which identify a signed-in visitor.
 *
 * @returns undefined when it carries none that are known here: such a visitor shares nothing
 */
export function credentials(req: IncomingMessage): string | undefined {
  const { cookie, authorization } = req.headers
  if (cookie === undefined && authorization === undefined) return undefined
  return JSON.stringify([cookie ?? null, authorization ?? null])
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
