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

const clerkAuth = Symbol.for('@clerk/express.auth')

/**
 * Is somebody signed in by `req.auth`? Clerk puts a function there on all requests, and the answer
 * into what it returns.
 */
export function isSignedInByAuth(auth: unknown): boolean {
  if (typeof auth !== 'function' || Reflect.get(auth, clerkAuth) !== true) return isPresent(auth)
  const told: unknown = auth()
  return typeof told !== 'object' || told === null || Reflect.get(told, 'isAuthenticated') !== false
}
