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

/** Applications use a few names; invented ones must not grow this. */
const MAX_REMEMBERED = 1000

/** Lists what middlewares above the look-up have put on requests, by the rules of one layer. */
export class PresentNames {
  readonly #rules: InputRules
  readonly #counts = new Map<string, boolean>()

  constructor(rules: InputRules) {
    this.#rules = rules
  }

  /**
   * Lists the names that a request has. A handler's look at a property that is not there can't be seen, so pages of requests with and
   * without it must not be one.
   *
   * @returns names that count, sorted; undefined: there are none
   */
  of(req: IncomingMessage): readonly string[] | undefined {
    let names: string[] | undefined
    for (const name of Object.keys(req)) {
      if (this.#counts.get(name) ?? this.#decide(name)) names = [...(names ?? []), name]
    }
    return names?.sort()
  }

  #decide(name: string): boolean {
    const counts = !isBuiltIn(name) && !knownByOthers.has(name) && !this.#rules.ignores(reqInput(name))
    if (this.#counts.size < MAX_REMEMBERED) this.#counts.set(name, counts)
    return counts
  }
}
