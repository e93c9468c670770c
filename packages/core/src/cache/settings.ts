import { type Codec, msgpackCodec } from '../codec/codec.js'
import { SettingsError } from '../errors.js'
import {
  checkOptions,
  func,
  type OptionParser,
  oneOf,
  refusal,
  text,
  timeout,
  wholeNumber,
} from '../options/check-options.js'
import type { Timeout } from '../options/timeout.js'
import { compressing } from '../stores/compress/compressing-store.js'
import { type CompressFormat, compressFormat } from '../stores/compress/formats.js'
import { cacheFromUrl } from '../stores/from-url.js'
import { boundStore } from '../stores/guard/guard-store.js'
import { isStore, type Store } from '../stores/store.js'
import { defaultKeyFunction, type KeyFunction } from './key.js'

/** Settings of one cache. */
export interface CacheSettings {
  /** Where its entries live: a store, or a URL such as 'redis://127.0.0.1:6379/1'. */
  readonly store: Store | string
  /** Timeout of values that are set without one. @default 300 seconds */
  readonly timeout?: Timeout
  /**
   * Stands in front of every key. The `clear()` of prefix `a` also reaches the keys of `a:b`: such
   * a pair is refused on one store; between processes you have to avoid it. @default ''
   */
  readonly keyPrefix?: string
  /** Part of every key: another version sees none of the values. @default 1 */
  readonly version?: number
  /**
   * Makes full keys. `clear()` needs them to begin with `keyPrefix` and a colon. @default
   * prefix:version:key
   */
  readonly keyFunction?: KeyFunction
  /** Effect of a failing store: a miss and an 'error' event, or a StoreError. @default 'miss' */
  readonly onError?: 'miss' | 'throw'
  /**
   * Turns values into bytes; has to write integers as ASCII decimals for `incr`. @default
   * MessagePack
   */
  readonly codec?: Codec
  /**
   * Compresses entries of more than 1 KiB that leave this process, if they get smaller; 'zstd'
   * needs Node 22.15. Entries that are not compressed are still read. @default none
   */
  readonly compress?: CompressFormat
}

/**
 * Caches by alias: their settings, or a URL with settings in its query string. `default` is the one
 * that everything uses that is given no other.
 */
export interface CachesSettings {
  readonly default: CacheSettings | string
  readonly [alias: string]: CacheSettings | string
}

/** Settings of a cache, complete and checked. */
export interface ParsedSettings {
  readonly store: Store
  /** The store as entries are read and written: compressed, if that is configured. */
  readonly access: Store
  readonly timeout: number | null
  readonly keyPrefix: string
  readonly version: number
  readonly keyFunction: KeyFunction
  readonly onError: 'miss' | 'throw'
  readonly codec: Codec
}

const codec: OptionParser<Codec> = (value, path) => {
  const has = (name: string) =>
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  if (has('encode') && has('decode')) return value as Codec
  throw refusal(path, 'an object with encode(value) and decode(bytes)', value)
}

const storeOrUrl: OptionParser<Store | string> = (value, path) => {
  if (typeof value === 'string' || isStore(value)) return value
  throw refusal(path, "a store such as memoryStore(), or a URL such as 'memory:'", value)
}

const schema = {
  store: storeOrUrl,
  timeout,
  keyPrefix: text,
  version: wholeNumber(),
  keyFunction: func<KeyFunction>(),
  onError: oneOf('miss', 'throw'),
  codec,
  compress: compressFormat,
}

/**
 * Checks the settings of a cache and fills in defaults.
 *
 * @throws SettingsError naming the setting, its value and what is allowed.
 */
export function parseSettings(settings: unknown, path: string, now: () => number): ParsedSettings {
  if (typeof settings === 'string') return parseSettings(cacheFromUrl(settings, path, now), path, now)
  const { store, ...given } = checkOptions(settings, schema, path)
  if (store === undefined) {
    throw new SettingsError(
      `${path}.store is missing: give a store such as memoryStore(), or a URL such as 'memory:'`,
    )
  }
  // Settings outrank the same options in the store's URL.
  if (typeof store === 'string')
    return parseSettings({ ...cacheFromUrl(store, `${path}.store`, now), ...given }, path, now)
  const bounded = boundStore(store)
  return {
    store,
    access: given.compress === undefined ? bounded : compressing(bounded, given.compress),
    timeout: given.timeout === undefined ? 300 : given.timeout,
    keyPrefix: given.keyPrefix ?? '',
    version: given.version ?? 1,
    keyFunction: given.keyFunction ?? defaultKeyFunction,
    onError: given.onError ?? 'miss',
    codec: given.codec ?? msgpackCodec,
  }
}
