import type { IncomingMessage } from 'node:http'
import { type InputRules, reqInput } from '@sitecache/http'
import { isBuiltIn } from './own-keys.js'

/** Properties whose absence is known without them: of sessions, cookies and users, and of body parsers. */
const knownByOthers: ReadonlySet<string> = new Set([
  ...['auth', 'authInfo', 'cookies', 'flash', 'isAuthenticated', 'isUnauthenticated', 'logIn', 'logOut'],
  ...['login', 'logout', 'oidc', 'session', 'sessionID', 'sessionOptions', 'sessionStore', 'secret'],
  ...['signedCookies', 'user', 'csrfToken', '_passport', '_sessionManager', 'body', '_body', 'cache'],
  ...['language', 'timeZone'],
])

/**
 * Lists what middlewares above the look-up have put on a request. A handler's look at a property that is not there can't be seen, so
 * pages of requests with and without it must not be one.
 *
 * @returns names that count, sorted; undefined: there are none
 */
export function presentNames(req: IncomingMessage, rules: InputRules): readonly string[] | undefined {
  let names: string[] | undefined
  for (const name of Object.keys(req)) {
    if (isBuiltIn(name) || knownByOthers.has(name) || rules.ignores(reqInput(name))) continue
    names ??= []
    names.push(name)
  }
  return names?.sort()
}
