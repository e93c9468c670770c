import { KeyNotFoundError, SettingsError } from '../errors.js'
import { refusal } from '../options/check-options.js'
import { warn } from '../util/warnings.js'
import { keyFault, parseKey, parseVersion } from './key.js'
import type { ParsedSettings } from './settings.js'

/** Makes the full keys of a cache. */
export class CacheKeys {
  readonly #alias: string
  readonly #settings: ParsedSettings
  readonly #warned = new Set<string>()

  constructor(alias: string, settings: ParsedSettings) {
    this.#alias = alias
    this.#settings = settings
  }

  /**
   * @throws ValueError when the key is not a string or the version not a whole number;
   *   SettingsError when `keyFunction` makes no text.
   */
  make(key: string, version: number = this.#settings.version): string {
    const { keyFunction, keyPrefix } = this.#settings
    const fullKey: unknown = keyFunction(parseKey(key), keyPrefix, parseVersion(version))
    if (typeof fullKey === 'string') return fullKey
    throw refusal(`caches.${this.#alias}.keyFunction`, 'a function that returns a text', fullKey)
  }

  /** As `make`; warns once of each fault that the cache's keys have, without showing the key. */
  checked(key: string, version?: number): string {
    const fullKey = this.make(key, version)
    const fault = keyFault(fullKey)
    if (fault !== undefined && !this.#warned.has(fault)) {
      this.#warned.add(fault)
      warn('SITECACHE_KEY', `A key of cache '${this.#alias}' ${fault}: memcached would refuse it`)
    }
    return fullKey
  }

  /**
   * Beginning of all keys of this cache, and of no key of another prefix.
   *
   * @returns undefined: the keys of `keyFunction` begin otherwise
   */
  get prefix(): string | undefined {
    const prefix = `${this.#settings.keyPrefix}:`
    const probes = [this.make(''), this.make('x', this.#settings.version + 1)]
    return probes.every((fullKey) => fullKey.startsWith(prefix)) ? prefix : undefined
  }

  /**
   * @throws SettingsError when there is no such prefix: `clear` would drop keys of other caches.
   */
  get clearable(): string {
    const { prefix } = this
    if (prefix !== undefined) return prefix
    throw new SettingsError(
      `caches.${this.#alias}.keyFunction must make keys that begin with '${this.#settings.keyPrefix}:' ` +
        'for clear() to know them',
    )
  }

  /** Returns the error of an operation that needs a value. */
  notFound(operation: string): KeyNotFoundError {
    return new KeyNotFoundError(`${operation}: the key is not in cache '${this.#alias}'; set it first`)
  }
}
