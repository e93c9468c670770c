import { IncomingMessage } from 'node:http'
import { isPresent, isSignedInByAuth, isSignedInByOidc } from '../node/signed-in-fields.js'
import { type FrameworkRequest, field, has } from '../node/types.js'

/**
 * Default of `isAuthenticated`: whether a visitor is signed in by passport, express-session,
 * express-jwt, express-openid-connect, Clerk or the like.
 */
export function isSignedIn(req: IncomingMessage): boolean {
  const { user, auth, oidc, isAuthenticated, session } = fieldsOf(req)
  if (isPresent(user) || isSignedInByAuth(auth) || isSignedInByOidc(oidc)) return true
  if (typeof isAuthenticated === 'function' && isAuthenticated.call(req) === true) return true
  if (session === undefined) return false
  const { user: member, userId, passport } = fields(session)
  return isPresent(member) || isPresent(userId) || isPresent(fields(passport).user)
}

type SignedInFields = Pick<FrameworkRequest, 'user' | 'auth' | 'oidc' | 'isAuthenticated' | 'session'>

/** See `factsOf`. */
function fieldsOf(req: IncomingMessage): SignedInFields {
  const it: FrameworkRequest = req
  if (Object.getPrototypeOf(req) === IncomingMessage.prototype) return it
  const prototype: object = Object.getPrototypeOf(req)
  return {
    user: has(req, 'user', 'user' in prototype) ? field(req, 'user') : undefined,
    auth: has(req, 'auth', 'auth' in prototype) ? field(req, 'auth') : undefined,
    oidc: has(req, 'oidc', 'oidc' in prototype) ? field(req, 'oidc') : undefined,
    isAuthenticated: has(req, 'isAuthenticated', 'isAuthenticated' in prototype)
      ? field(req, 'isAuthenticated')
      : undefined,
    session: has(req, 'session', 'session' in prototype) ? field(req, 'session') : undefined,
  }
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
