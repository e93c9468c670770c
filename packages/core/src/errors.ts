/** Symbols by which the errors of one class are known to every copy of this module. */
const brands = new WeakMap<object, symbol>()

/**
 * Base of every error that sitecache throws, so that one `instanceof` catches them all: also those
 * of another copy of this module, as a bundle or a second version of the package has it.
 */
export class SitecacheError extends Error {
  override readonly name: string = 'SitecacheError'
  /** Name of its page in docs/reference/errors. */
  readonly code: string = 'ERR_SITECACHE'

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class on the right, which may be one below.
    return isInstance(this, value)
  }
}

/**
 * A setting that is unknown, or whose value is not allowed; the message names both, and what is
 * allowed.
 */
export class SettingsError extends SitecacheError {
  override readonly name: string = 'SettingsError'
  override readonly code: string = 'ERR_SITECACHE_SETTINGS'
}

/** An alias that is not configured; the message names those that are. */
export class UnknownCacheError extends SitecacheError {
  override readonly name: string = 'UnknownCacheError'
  override readonly code: string = 'ERR_SITECACHE_UNKNOWN_CACHE'
}

/** `incr`, `decr`, `incrVersion` or `decrVersion` of a key that is not there. */
export class KeyNotFoundError extends SitecacheError {
  override readonly name: string = 'KeyNotFoundError'
  override readonly code: string = 'ERR_SITECACHE_KEY_NOT_FOUND'
}

/** A key, version or value that can't be stored or computed with. */
export class ValueError extends SitecacheError {
  override readonly name: string = 'ValueError'
  override readonly code: string = 'ERR_SITECACHE_VALUE'
}

/**
 * A store that failed, was late or is down; the store's own error is the `cause`. A cache throws it
 * only with `onError: 'throw'`.
 */
export class StoreError extends SitecacheError {
  override readonly name: string = 'StoreError'
  override readonly code: string = 'ERR_SITECACHE_STORE'
}

/** A store that did not answer within `timeoutMs`. */
export class StoreTimeoutError extends StoreError {
  override readonly name: string = 'StoreTimeoutError'
  override readonly code: string = 'ERR_SITECACHE_STORE_TIMEOUT'
}

/** A lock that others held for the whole timeout of `lock`; the function has not run. */
export class LockTimeoutError extends SitecacheError {
  override readonly name: string = 'LockTimeoutError'
  override readonly code: string = 'ERR_SITECACHE_LOCK_TIMEOUT'
}

/**
 * An entry over the store's item limit. A cache counts it as a skip with the reason `too-large`,
 * and never throws it.
 */
export class TooLargeError extends SitecacheError {
  override readonly name: string = 'TooLargeError'
  override readonly code: string = 'ERR_SITECACHE_TOO_LARGE'
}

function isInstance(errorClass: object, value: unknown): boolean {
  const brand = brands.get(errorClass)
  // The application's own class, below one of these.
  if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(errorClass, value)
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}

const classes = {
  SitecacheError,
  SettingsError,
  UnknownCacheError,
  KeyNotFoundError,
  ValueError,
  StoreError,
  StoreTimeoutError,
  LockTimeoutError,
  TooLargeError,
}
for (const [name, errorClass] of Object.entries(classes)) {
  const brand = Symbol.for(`sitecache.${name}`)
  brands.set(errorClass, brand)
  Object.defineProperty(errorClass.prototype, brand, { value: true })
}

/** Returns whether an error is the caller's mistake, not the store's failure. */
export function isMisuse(error: unknown): boolean {
  return error instanceof ValueError || error instanceof KeyNotFoundError || error instanceof SettingsError
}
