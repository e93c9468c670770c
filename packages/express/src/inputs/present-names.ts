import type { IncomingMessage, ServerResponse } from 'node:http'
import { type InputRules, reqInput, resInput } from '@sitecache/http'
import { applicationKeys, hiddenKeys, isBuiltIn, isSameList, keyText } from './own-keys.js'
import { namesOn, seenNamesOn } from './response-fields.js'

/**
 * Properties whose absence is known without them: of users, since these have an identity, and of
 * body parsers; and the settings and methods of session packages, which tell nothing.
 */
const knownByOthers: ReadonlySet<string> = new Set([
  ...['auth', 'authInfo', 'oidc', 'user', 'logIn', 'logOut', 'login', 'logout', '_passport'],
  ...['_sessionManager', 'sessionOptions', 'sessionStore', 'secret', 'body', '_body', 'cache'],
  ...['language', 'timeZone'],
  // cookie-parser's, which says all that it knows by the Cookie header.
  ...['cookies', 'signedCookies'],
])

/** Applications use a few names; invented ones must not grow this. */
const MAX_REMEMBERED = 1000

/** Look-ups of a layer that list hidden properties too; from then on one in so many does. */
const FIRST_LOOKUPS = 200
const ONE_IN = 64

/** Own properties of a request, and the names among them that count. */
interface Listed {
  readonly keys: readonly string[]
  readonly names: readonly string[] | undefined
}

const MAX_SHAPES = 30
const shapes = new Map<string, readonly string[]>()

/**
 * Returns the lists of names that requests of this process had, the latest first: by one of them a
 * page is found for which there is no request.
 */
export function seenShapes(): readonly (readonly string[] | undefined)[] {
  return [undefined, ...[...shapes.values()].reverse()]
}

function rememberShape(names: readonly string[]): void {
  const text = JSON.stringify(names)
  shapes.delete(text)
  shapes.set(text, names)
  const [oldest] = shapes.keys()
  if (shapes.size > MAX_SHAPES && oldest !== undefined) shapes.delete(oldest)
}

/** Lists what middlewares above the look-up have put on requests, by the rules of one layer. */
export class PresentNames {
  readonly #rules: InputRules
  readonly #counts = new Map<string, boolean>()
  #last: Listed = { keys: [], names: undefined }
  #lookUps = 0

  constructor(rules: InputRules) {
    this.#rules = rules
  }

  /**
   * Lists the names that a request and its response have. A handler's look at a property that is
   * not there can't be seen, so pages of requests with and without it must not be one.
   *
   * @returns names that count, sorted; undefined: there are none
   */
  of(req: IncomingMessage, res: ServerResponse): readonly string[] | undefined {
    this.#lookUps += 1
    const isListed = this.#lookUps < FIRST_LOOKUPS || this.#lookUps % ONE_IN === 0
    if (isListed) applicationKeys(req)
    const keys = Object.keys(req)
    for (const key of hiddenKeys) if (isHiddenOn(req, key)) keys.push(keyText(key))
    for (const name of isListed ? namesOn(res) : seenNamesOn(res)) keys.push(resInput(name))
    // Nearly all requests of an application have the same properties in the same order.
    if (!isSameList(keys, this.#last.keys)) this.#last = { keys, names: this.#choose(keys) }
    return this.#last.names
  }

  #choose(keys: readonly string[]): readonly string[] | undefined {
    const names = keys.filter((name) => this.#counts.get(name) ?? this.#decide(name)).sort()
    if (names.length === 0) return undefined
    rememberShape(names)
    return names
  }

  #decide(name: string): boolean {
    const input = name.startsWith('res:') ? name : reqInput(name)
    const counts = !isBuiltIn(name) && !knownByOthers.has(name) && !this.#rules.ignores(input)
    if (this.#counts.size < MAX_REMEMBERED) this.#counts.set(name, counts)
    return counts
  }
}

function isHiddenOn(req: IncomingMessage, key: PropertyKey): boolean {
  if (!Object.hasOwn(req, key)) return false
  return typeof key === 'symbol' || !Object.prototype.propertyIsEnumerable.call(req, key)
}
