/** Base of every error that sitecache throws, so that one `instanceof` catches them all. */
export class SitecacheError extends Error {
  override readonly name: string = 'SitecacheError'
}

/**
 * A setting that is unknown, or whose value is not allowed; the message names both, and what is
 * allowed.
 */
export class SettingsError extends SitecacheError {
  override readonly name: string = 'SettingsError'
}

/** An alias that is not configured; the message names those that are. */
export class UnknownCacheError extends SitecacheError {
  override readonly name: string = 'UnknownCacheError'
}

/** `incr`, `decr`, `incrVersion` or `decrVersion` of a key that is not there. */
export class KeyNotFoundError extends SitecacheError {
  override readonly name: string = 'KeyNotFoundError'
}

/** A key, version or value that can't be stored or computed with. */
export class ValueError extends SitecacheError {
  override readonly name: string = 'ValueError'
}

/**
 * A store that failed, was late or is down; the store's own error is the `cause`. A cache throws it
 * only with `onError: 'throw'`.
 */
export class StoreError extends SitecacheError {
  override readonly name: string = 'StoreError'
}

/** A store that did not answer within `timeoutMs`. */
export class StoreTimeoutError extends StoreError {}

/** A lock that others held for the whole timeout of `lock`; the function has not run. */
export class LockTimeoutError extends SitecacheError {
  override readonly name: string = 'LockTimeoutError'
}

/**
 * An entry over the store's item limit. A cache counts it as a skip with the reason `too-large`,
 * and never throws it.
 */
export class TooLargeError extends SitecacheError {
  override readonly name: string = 'TooLargeError'
}

/** Returns whether an error is the caller's mistake, not the store's failure. */
export function isMisuse(error: unknown): boolean {
  return error instanceof ValueError || error instanceof KeyNotFoundError || error instanceof SettingsError
}
