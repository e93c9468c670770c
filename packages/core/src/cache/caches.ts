import { UnknownCacheError } from '../errors.js'
import { refusal } from '../options/check-options.js'
import { applyWarnings } from '../options/warnings-option.js'
import { warnIfInHandler } from '../util/in-handler.js'
import type { Warnings } from '../util/warnings.js'
import { Cache } from './cache.js'
import { checkPrefixes } from './check-prefixes.js'
import { type CachesSettings, parseSettings } from './settings.js'

/** Options of all caches that are made together. */
export interface CachesOptions {
  /**
   * Warnings that are switched off, by code, for the whole process: `{ SITECACHE_TIMEOUT: false }`.
   * @default {}
   */
  readonly warnings?: Warnings
  /** Milliseconds since the epoch, for tests. @default Date.now */
  readonly now?: () => number
  /** At least 0, less than 1, for tests. @default Math.random */
  readonly random?: () => number
}

/** Caches by alias; iterates over the aliases. */
export class Caches implements Iterable<string> {
  readonly #current: () => ReadonlyMap<string, Cache>

  /** @param current called at each look-up: `configure` replaces the process-wide caches */
  constructor(current: () => ReadonlyMap<string, Cache>) {
    this.#current = current
  }

  /**
   * Returns the cache of this alias; the same object each time.
   *
   * @throws UnknownCacheError naming those configured.
   */
  get(alias: string): Cache {
    const cache = this.#current().get(alias)
    if (cache !== undefined) return cache
    throw new UnknownCacheError(
      `no cache '${alias}' is configured; there are: ${[...this].join(', ') || 'none'}`,
    )
  }

  /** Returns the cache of this alias; undefined where none is configured. */
  find(alias: string): Cache | undefined {
    return this.#current().get(alias)
  }

  has(alias: string): boolean {
    return this.#current().has(alias)
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#current().keys()
  }

  /** Resolves when the writes under way are done, after 10 seconds at the latest. */
  async idle(): Promise<void> {
    await Promise.all([...this.#current().values()].map((cache) => cache.idle()))
  }

  /**
   * Waits for the writes under way, 10 seconds at the most, then closes every store once.
   * Afterwards every operation fails. A store that does not close within 5 seconds is an `error`
   * event.
   */
  async close(): Promise<void> {
    await Promise.all([...this.#current().values()].map((cache) => cache.close()))
  }
}

/**
 * Makes caches by alias, each from settings or a URL.
 *
 * @throws SettingsError naming the setting, its value and what is allowed.
 *
 * @example
 * const caches = createCaches({ default: { store: memoryStore(), timeout: '5m' } })
 * await caches.get('default').set('greeting', 'hello')
 */
export function createCaches(settings: CachesSettings, options: CachesOptions = {}): Caches {
  warnIfInHandler('createCaches()')
  const byAlias = makeCaches(settings, options)
  return new Caches(() => byAlias)
}

/** As `createCaches`, as a plain map. */
export function makeCaches(
  settings: CachesSettings,
  options: CachesOptions = {},
): ReadonlyMap<string, Cache> {
  const { now = () => Date.now(), random = Math.random } = options
  applyWarnings(options, 'createCaches()')
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw refusal('caches', 'an object of settings by alias', settings)
  }
  const parsed = new Map(
    Object.entries(settings).map(([alias, given]: [string, unknown]) => [
      alias,
      parseSettings(given, `caches.${alias}`, now),
    ]),
  )
  checkPrefixes(parsed)
  return new Map([...parsed].map(([alias, each]) => [alias, new Cache(alias, each, { now, random })]))
}
