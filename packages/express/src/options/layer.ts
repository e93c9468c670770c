import { type Cache, caches as processWide, type Timeout } from '@sitecache/core'
import { parseTimeout, resolveCache, warn, warnOfMilliseconds } from '@sitecache/core/internal'
import { encodeKeyParts, type InputMatching } from '@sitecache/http'
import { isDevelopment } from '../inputs/development-warnings.js'
import { watchFieldWrites } from '../inputs/field-writes.js'
import type { InputSettings } from '../inputs/input-settings.js'
import { PresentNames } from '../inputs/present-names.js'
import { PageKeys } from '../pages/page-keys.js'
import { SetupChecks } from '../setup/setup-checks.js'
import { KnownCredentials } from './known-credentials.js'
import { LastRenders } from './last-renders.js'
import { countLookUps } from './look-up-counts.js'
import type { AnyPageOptions, AnySiteOptions } from './page-options.js'
import { matchingOf, type PageRules, rulesOf } from './rules.js'
import { checkPageOptions, checkSiteOptions } from './schema.js'
import { warnOfSharedKeys, warnOfWorkers } from './shared-keys.js'

const DEFAULT_SITE_TIMEOUT = 600

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
  /** Rules by which the values of inputs are compared. */
  readonly matching: InputMatching
  /** Settings by which the values of inputs are worked out. */
  readonly inputSettings: InputSettings
  /** Key text of a request whose page is chosen by its inputs alone. */
  readonly noExtraKey: string
  readonly siteTimeout: number | null
  /** Checks of the set-up by the first requests; undefined once they are over. */
  checks: SetupChecks | undefined
  /**
   * Names of what middlewares have put on requests; undefined: they choose no pages. In front of
   * the whole application none has put anything there; with `inputs: 'declared'` the application
   * names what counts.
   */
  readonly presentNames: PresentNames | undefined
  readonly credentials: KnownCredentials
  /** Fates of the last responses, by the keys of their URLs' vary records. */
  readonly lastRenders = new LastRenders()
  readonly #timeout: Lifetimes['timeout']
  readonly #options: AnyPageOptions
  /** Returns the cache as it is configured now; undefined: its alias is gone. */
  readonly #find: () => Cache | undefined
  #keys: PageKeys
  #warned = false

  constructor(kind: LayerKind, options: AnyPageOptions, lifetimes: Lifetimes, app?: unknown) {
    this.kind = kind
    this.rules = rulesOf(options)
    this.credentials = new KnownCredentials(this.rules.inputRules)
    this.matching = matchingOf(options, this.rules.inputRules)
    const isListed = kind !== 'server' && this.rules.inputs !== 'declared'
    this.presentNames = isListed ? new PresentNames(this.rules.inputRules) : undefined
    this.inputSettings = {
      rules: this.rules.inputRules,
      visitor: this.rules.visitor,
      isSignedIn: this.rules.isAuthenticated,
      reduced: Object.keys(this.matching.buckets ?? {}),
    }
    this.app = app
    this.noExtraKey = encodeKeyParts({ kind })
    this.siteTimeout = lifetimes.siteTimeout
    this.#timeout = lifetimes.timeout
    this.#options = options
    this.#find = finderOf(options)
    this.#keys = this.#keysIn(resolveCache(options.cache, options.caches))
  }

  /** Has the first requests looked at. */
  checked(): this {
    const facts = { isSite: this.kind !== 'page', hasHosts: this.rules.hosts !== undefined }
    this.checks = new SetupChecks(facts, () => {
      this.checks = undefined
    })
    return this
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
    const current = this.#find() ?? this.#left()
    if (current !== this.#keys.cache) this.#keys = this.#keysIn(current)
    return this.#keys
  }

  /** An alias that has gone since must not break a request: its cache stays in use. */
  #left(): Cache {
    if (!this.#warned) {
      warn(
        'SITECACHE_ALIAS',
        `configure() left out the cache '${this.#options.cache ?? 'default'}', which is in use: it goes on as it was`,
      )
    }
    this.#warned = true
    return this.#keys.cache
  }

  #keysIn(cache: Cache): PageKeys {
    const { keyPrefix = '', version } = this.#options
    warnOfSharedKeys(cache, keyPrefix)
    warnOfWorkers(cache)
    if (isDevelopment(process.env)) countLookUps(cache, Number.POSITIVE_INFINITY)
    return new PageKeys(cache, { keyPrefix, version, query: this.rules.query })
  }
}

/** Chooses at creation how a layer finds its cache: of one that can't change nothing is asked. */
function finderOf({ cache = 'default', caches = processWide }: AnyPageOptions): () => Cache | undefined {
  if (typeof cache === 'string') return () => caches.find(cache)
  // The process-wide cache is another one after each `configure()`.
  return resolveCache(cache) === cache ? () => cache : () => resolveCache(cache)
}

const layers = new Set<WeakRef<Layer>>()
const gone = new FinalizationRegistry<WeakRef<Layer>>((ref) => void layers.delete(ref))

/** Returns the layers that requests of this process may pass, in the order they were made in. */
export function knownLayers(): readonly Layer[] {
  return [...layers].flatMap((ref) => ref.deref() ?? [])
}

/** Remembers a layer for as long as the application holds it, and watches what it is kept from. */
function remembered(layer: Layer): Layer {
  watchFieldWrites()
  const ref = new WeakRef(layer)
  layers.add(ref)
  gone.register(layer, ref)
  return layer
}

/**
 * Makes the layer of a whole site.
 *
 * @param name of the function with these options, for messages
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function siteLayer(kind: LayerKind, options: AnySiteOptions, name: string, app?: unknown): Layer {
  checkSiteOptions(options, name)
  const timeout =
    options.timeout === undefined ? DEFAULT_SITE_TIMEOUT : parseTimeout(options.timeout, `${name}.timeout`)
  return remembered(new Layer(kind, options, { timeout: undefined, siteTimeout: timeout }, app).checked())
}

export function pageLayer(timeout: Timeout | undefined, options: AnyPageOptions): Layer {
  checkPageOptions(options, 'cachePage')
  warnOfMilliseconds(timeout, 'cachePage.timeout')
  const seconds = timeout === undefined ? 'cache' : parseTimeout(timeout, 'cachePage.timeout')
  return remembered(
    new Layer('page', options, { timeout: seconds, siteTimeout: DEFAULT_SITE_TIMEOUT }).checked(),
  )
}
