import type { IncomingMessage } from 'node:http'
import { type Cache, type Caches, caches as processWide, type Timeout } from '@sitecache/core'
import { parseTimeout, resolveCache } from '@sitecache/core/internal'
import type { Buckets, ContentMethod, Policy, QueryOption, VaryMatching } from '@sitecache/http'
import { encodeKeyParts } from '@sitecache/http'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import { PageKeys } from '../pages/page-keys.js'
import type { BodyBounds } from '../state/read-body.js'
import { isSignedIn } from '../visitor/signed-in.js'
import type { PageOptions, SiteOptions } from './page-options.js'
import { checkPageOptions, checkSiteOptions } from './schema.js'

const DEFAULT_SITE_TIMEOUT = 600
const DEFAULT_MAX_BODY = 5 * 2 ** 20
const DEFAULT_MAX_REQUEST_BODY = 64 * 1024
const DEFAULT_REQUEST_BODY_TIMEOUT_MS = 5000
const DEFAULT_MAX_VARIANTS = 100
const DEFAULT_LOCK_TIMEOUT_MS = 5000
const djangoStatuses: ReadonlySet<number> = new Set([200])

/** Options of a layer, complete and checked. Sizes in bytes. */
export interface PageRules {
  readonly policy: Policy
  /** Methods with one page per content, in upper case. */
  readonly bodyMethods: readonly ContentMethod[]
  /** Bounds within which a request's content is read. */
  readonly body: BodyBounds
  readonly statuses: ReadonlySet<number> | undefined
  readonly maxBodyBytes: number
  readonly anonymousOnly: boolean
  readonly isAuthenticated: (req: IncomingMessage) => boolean
  readonly skip: PageOptions['skip']
  readonly storeIf: PageOptions['storeIf']
  readonly setCookie: 'skip' | 'strip' | 'store'
  readonly query: QueryOption
  readonly keyParts: PageOptions['keyParts']
  readonly maxVariants: number
  /** Seconds; undefined: the policy's default. */
  readonly staleWhileRevalidate: number | undefined
  readonly staleIfError: number | undefined
  /** Milliseconds. */
  readonly originTimeout: number | undefined
  /** XFetch's beta; undefined: pages are not refreshed before they are stale. */
  readonly earlyRefresh: number | undefined
  readonly jitter: number
  readonly tags: PageOptions['tags']
  readonly tagHeader: string | undefined
  readonly coalesce: boolean
  readonly lock: boolean
  /** Milliseconds. */
  readonly lockTimeout: number
  /** Names of fields in lower case. */
  readonly targetedFields: readonly string[]
  readonly headers: 'added' | 'all'
  readonly cacheStatus: boolean
  readonly invalidateOnUnsafe: boolean
}

/**
 * Kind of cache that a page belongs to: a site's, a route's, or one in front of the application.
 */
export type LayerKind = 'site' | 'page' | 'server'

/**
 * Lifetimes of pages in seconds: `timeout` outranks the page's own, `siteTimeout` replaces a
 * missing one.
 */
interface Lifetimes {
  readonly timeout: number | null | undefined | 'cache'
  readonly siteTimeout: number | null
}

/** One point in an application where pages are cached, with its rules and its keys. */
export class Layer {
  readonly kind: LayerKind
  readonly rules: PageRules
  /** Application with the `trust proxy` setting; undefined: the request's own. */
  readonly app: unknown
  /** Rules by which the headers named in Vary are compared. */
  readonly varyMatching: VaryMatching
  /** Key text of a request whose page is chosen by the headers named in Vary alone. */
  readonly noExtraKey: string
  readonly siteTimeout: number | null
  readonly #timeout: Lifetimes['timeout']
  readonly #options: PageOptions
  #keys: PageKeys
  #warned = false

  constructor(kind: LayerKind, options: PageOptions, lifetimes: Lifetimes, app?: unknown) {
    this.kind = kind
    this.rules = rulesOf(options)
    this.varyMatching = selectionOf(options)
    this.app = app
    this.noExtraKey = encodeKeyParts({ kind })
    this.siteTimeout = lifetimes.siteTimeout
    this.#timeout = lifetimes.timeout
    this.#options = options
    this.#keys = this.#keysIn(resolveCache(options.cache, options.caches))
  }

  /** Lifetime given to `cachePage` in seconds; null: never expires; undefined: the page's own. */
  get timeout(): number | null | undefined {
    return this.#timeout === 'cache' ? this.keys().cache.timeout : this.#timeout
  }

  /**
   * Keys in the cache as it is configured now: `configure()` may have replaced the process-wide
   * caches.
   */
  keys(): PageKeys {
    const { cache = 'default', caches = processWide } = this.#options
    const current = typeof cache === 'string' ? this.#configured(caches, cache) : cache
    if (current !== this.#keys.cache) this.#keys = this.#keysIn(current)
    return this.#keys
  }

  /**
   * Returns the cache of an alias. An alias that has gone since must not break a request: its cache
   * stays in use.
   */
  #configured(caches: Caches, alias: string): Cache {
    if (caches.has(alias)) return caches.get(alias)
    if (!this.#warned) {
      process.emitWarning(
        `configure() left out the cache '${alias}', which is in use: it goes on as it was`,
        {
          code: 'SITECACHE_ALIAS',
        },
      )
    }
    this.#warned = true
    return this.#keys.cache
  }

  #keysIn(cache: Cache): PageKeys {
    return new PageKeys(cache, this.#options.keyPrefix ?? '', this.#options.version)
  }
}

/**
 * Makes the layer of a whole site.
 *
 * @param name of the function with these options, for messages
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function siteLayer(kind: LayerKind, options: SiteOptions, name: string, app?: unknown): Layer {
  checkSiteOptions(options, name)
  const timeout =
    options.timeout === undefined ? DEFAULT_SITE_TIMEOUT : parseTimeout(options.timeout, `${name}.timeout`)
  return new Layer(kind, options, { timeout: undefined, siteTimeout: timeout }, app)
}

export function pageLayer(timeout: Timeout | undefined, options: PageOptions): Layer {
  checkPageOptions(options, 'cachePage')
  const seconds = timeout === undefined ? 'cache' : parseTimeout(timeout, 'cachePage.timeout')
  return new Layer('page', options, { timeout: seconds, siteTimeout: DEFAULT_SITE_TIMEOUT })
}

function rulesOf(options: PageOptions): PageRules {
  const policy = options.policy ?? 'django'
  const statuses = options.statuses === undefined ? undefined : new Set(options.statuses)
  return {
    policy,
    bodyMethods: contentMethodsOf(options, policy),
    body: {
      maxBytes: options.maxRequestBodyBytes ?? DEFAULT_MAX_REQUEST_BODY,
      milliseconds:
        millisecondsOf(options.requestBodyTimeout, 'requestBodyTimeout') ?? DEFAULT_REQUEST_BODY_TIMEOUT_MS,
    },
    statuses: statuses ?? (policy === 'django' ? djangoStatuses : undefined),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY,
    anonymousOnly: options.anonymousOnly ?? false,
    isAuthenticated: options.isAuthenticated ?? isSignedIn,
    skip: options.skip,
    storeIf: options.storeIf,
    setCookie: options.setCookie ?? 'skip',
    query: options.query ?? 'exact',
    keyParts: options.keyParts,
    maxVariants: options.maxVariants ?? DEFAULT_MAX_VARIANTS,
    staleWhileRevalidate: secondsOf(options.staleWhileRevalidate, 'staleWhileRevalidate'),
    staleIfError: secondsOf(options.staleIfError, 'staleIfError'),
    originTimeout: millisecondsOf(options.originTimeout, 'originTimeout'),
    earlyRefresh: betaOf(options.earlyRefresh),
    jitter: options.jitter ?? 0,
    tags: options.tags,
    tagHeader: options.tagHeader,
    coalesce: options.coalesce ?? true,
    lock: options.lock ?? false,
    lockTimeout: millisecondsOf(options.lockTimeout, 'lockTimeout') ?? DEFAULT_LOCK_TIMEOUT_MS,
    targetedFields: targetedBy(options, policy),
    headers: options.headers ?? 'added',
    cacheStatus: options.cacheStatus ?? true,
    invalidateOnUnsafe: options.invalidateOnUnsafe ?? true,
  }
}

/**
 * Returns the methods whose content is part of the key. A shared cache may store responses to QUERY
 * (RFC 10008 §2.7); Django's cache knows GET and HEAD alone.
 */
function contentMethodsOf({ methods }: PageOptions, policy: Policy): readonly ContentMethod[] {
  const all: readonly ContentMethod[] = ['QUERY', 'POST']
  return methods === undefined
    ? all.slice(0, policy === 'rfc9111' ? 1 : 0)
    : all.filter((name) => methods.includes(name))
}

function secondsOf(given: Timeout | undefined, name: string): number | undefined {
  return given === undefined ? undefined : (parseTimeout(given, name) ?? Number.POSITIVE_INFINITY)
}

function millisecondsOf(given: Timeout | undefined, name: string): number | undefined {
  const seconds = secondsOf(given, name)
  return seconds === undefined ? undefined : seconds * 1000
}

function betaOf(given: boolean | number | undefined): number | undefined {
  if (given === true) return 1
  return given === false ? undefined : given
}

/**
 * Returns the targeted fields in their order, our own first: a field for this cache alone outranks
 * one for all of its kind (RFC 9213 §2.2).
 */
function targetedBy({ targetedFields }: PageOptions, policy: Policy): readonly string[] {
  const fields = targetedFields ?? (policy === 'rfc9111' ? ['cdn-cache-control'] : [])
  return [TARGETED_FIELD, ...fields.map((name) => name.toLowerCase())]
}

function selectionOf({ buckets, policy }: PageOptions): VaryMatching {
  return {
    buckets: buckets === undefined ? undefined : lowerCaseNames(buckets),
    normalize: policy === 'rfc9111',
  }
}

function lowerCaseNames(buckets: Buckets): Buckets {
  const entries = Object.entries(buckets).map(([name, bucket]) => [name.toLowerCase(), bucket] as const)
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}
