import type { Buckets, KeyPart, QueryOption } from '@sitecache/http'
import type { CallbackRequest } from '../node/application-types.js'

/**
 * Options for the inputs of a page: what of a request chooses it among the pages of its URL.
 *
 * @typeParam Q request that the callbacks take
 */
export interface InputOptions<Q = CallbackRequest> {
  /**
   * Rule by which the inputs of a page are found.
   *
   * - `'learn'`: all that is read of the request while the page is rendered becomes part of the key
   *   of all pages of its URL: headers, cookies, the session, the user, what middlewares put on
   *   `req` and `res.locals`.
   * - `'strict'`: a page that reads an input that its Vary does not name is not stored
   *   (`detail=inputs`).
   * - `'declared'`: Vary, `keyParts`, and reads of the session, the user and cookies decide, as in
   *   Django; what a handler reads of other headers, the application has to name.
   *
   * @default 'learn'
   */
  inputs?: 'learn' | 'strict' | 'declared'
  /**
   * Names of inputs that don't matter, beside the default ones:
   * `['user-agent', 'cookie:ab_*', 'locals:now', 'req:log', 'res:timing']`. A `*` at the end stands
   * for any rest. Names in Vary and `keyParts` count all the same. `'session'` and `'visitor'` are
   * refused.
   *
   * @default analytics cookies, tracing and fetch-metadata headers (`defaultIgnore` of
   *   `@sitecache/http`)
   *
   * @example
   * siteCache({ ignore: ['user-agent', 'cookie:ab_*', 'locals:now'] })
   */
  ignore?: readonly string[]
  /**
   * Identity of the visitor that a page belongs to: a text or a finite number, else undefined. Each
   * identity has pages of its own. Where it throws, or returns anything else, the request bypasses
   * the cache.
   *
   * @default of a signed-in visitor, the Authorization header, else the session id that a session
   *   middleware vouches for
   *
   * @example
   * siteCache({ visitor: (req) => req.user?.id })
   */
  visitor?(req: Q): string | number | undefined
  /**
   * Whether this visitor is signed in: any truthy answer is a yes. Signed-in visitors have pages of
   * their own; with `() => false` all visitors share what they may. A page that shows `req.user` is
   * that user's all the same.
   *
   * @default looks at `req.isAuthenticated()`, `req.user`, `req.auth`, `req.oidc` and the user in
   *   `req.session`
   */
  isAuthenticated?(req: Q): unknown
  /**
   * Parts of the query string that choose the page: all of it as it stands (`'exact'`), in any
   * order of its parameters (`'sorted'`), `only` those that are named, or all `except` those that
   * are; a `*` at the end of a name stands for any rest.
   *
   * @default 'exact'
   *
   * @example
   * siteCache({ query: { except: ['utm_*', 'fbclid'] } })
   */
  query?: QueryOption
  /**
   * More that chooses the page, for what can't be seen: module state, AsyncLocalStorage, closures.
   * `req.language` and `req.timeZone` are always included. Caches downstream don't know of them:
   * such pages say `private`, unless the application says `public`.
   *
   * @default none
   *
   * @example
   * siteCache({ keyParts: () => [tenants.getStore()?.id ?? ''] })
   */
  keyParts?(req: Q): readonly KeyPart[]
  /** Pages kept per URL; the oldest goes first. @default 100 */
  maxVariants?: number
  /**
   * Reduction of headers, read or named in Vary, to a few values each: a list of languages or
   * codings to choose from, the cookies that count, or a function of the value.
   *
   * @default every value counts
   *
   * @example
   * siteCache({
   *   buckets: {
   *     'accept-language': ['en', 'fr'],
   *     cookie: ['theme'],
   *     'user-agent': (value) => (value?.includes('Mobile') ? 'mobile' : 'desktop'),
   *   },
   * })
   */
  buckets?: Buckets
}
