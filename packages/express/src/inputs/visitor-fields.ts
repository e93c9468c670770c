import { isPresent, isSignedInByAuth, isSignedInByOidc } from '../node/signed-in-fields.js'

/** Returns the value that a property of the request had at the look-up. */
type FieldOf = (name: string) => unknown

/** Do the properties that sign-in packages set say that somebody is signed in? */
export function showsUser(fieldOf: FieldOf, req: object): boolean {
  if (isPresent(fieldOf('user')) || isSignedInByAuth(fieldOf('auth'))) return true
  if (isSignedInByOidc(fieldOf('oidc'))) return true
  const isAuthenticated = fieldOf('isAuthenticated')
  return typeof isAuthenticated === 'function' && isAuthenticated.call(req) === true
}

/**
 * Lists what tells visitors apart of whom the application says that they aren't signed in: guests
 * with a currency, members where `isAuthenticated` asks for editors. It may say so of pages that
 * visitors share, but a page that shows a user is that user's.
 */
export function fieldsOfNobody(fieldOf: FieldOf): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {}
  for (const name of ['user', 'authInfo']) if (isPresent(fieldOf(name))) fields[name] = fieldOf(name)
  if (isSignedInByAuth(fieldOf('auth'))) fields.auth = fieldOf('auth')
  const oidc = fieldOf('oidc')
  if (isSignedInByOidc(oidc)) fields.oidc = Reflect.get(Object(oidc), 'user') ?? oidc
  return fields
}
