/** Does a property that a sign-in package sets hold somebody? */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}

/**
 * Is somebody signed in by express-openid-connect? It puts `req.oidc` on all requests, and the
 * answer into a method of it.
 */
export function isSignedInByOidc(oidc: unknown): boolean {
  if (!isPresent(oidc)) return false
  const isAuthenticated: unknown = Reflect.get(Object(oidc), 'isAuthenticated')
  return typeof isAuthenticated !== 'function' || isAuthenticated.call(oidc) === true
}
