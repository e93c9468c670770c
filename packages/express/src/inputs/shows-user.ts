import type { IncomingMessage } from 'node:http'

/** Properties by which middlewares show the signed-in visitor. */
export const userFields = ['user', 'auth', 'authInfo'] as const

/**
 * Whether passport, express-jwt, express-openid-connect or their like have signed a visitor in.
 *
 * @param field reads a property of the request, as it was at the look-up
 */
export function showsUser(req: IncomingMessage, field: (key: string) => unknown): boolean {
  if (isPresent(field('user')) || isPresent(field('auth'))) return true
  if (saysYes(field('oidc'), 'isAuthenticated')) return true
  const isAuthenticated = field('isAuthenticated')
  return typeof isAuthenticated === 'function' && isAuthenticated.call(req) === true
}

/** Whether a property holds a user at all. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}

function saysYes(target: unknown, name: string): boolean {
  if (typeof target !== 'object' || target === null) return false
  const method: unknown = Reflect.get(target, name)
  return typeof method === 'function' && method.call(target) === true
}
