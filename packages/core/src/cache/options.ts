import type { Timeout } from '../options/timeout.js'

/** Version of a key. */
export interface VersionOptions {
  /** @default the cache's */
  readonly version?: number
}

/** Options of storing a value. */
export interface SetOptions extends VersionOptions {
  /** @default the cache's */
  readonly timeout?: Timeout
  /**
   * Tags by which the value can be invalidated: at most 10,000 strings; one of more than
   * 256 characters is hashed. A number with tags can't be counted with `incr`. @default none
   */
  readonly tags?: readonly string[]
}

/** A timeout alone, or with a version and tags. */
export type SetArgument = Timeout | SetOptions

/** Options of `getOrSet` and `wrap`: storing a value, and serving a stale one. */
export interface GetOrSetOptions extends SetOptions {
  /**
   * Time after its timeout in which a value is served at once, while a new one is computed behind
   * it. @default 0
   */
  readonly staleWhileRevalidate?: Timeout
  /**
   * Time after its timeout in which a value is served when the source throws; that is an 'error'
   * event. @default 0
   */
  readonly staleIfError?: Timeout
  /**
   * Early refresh (XFetch): recomputes a value in the background shortly before its timeout; the
   * slower it computes, the earlier. `true`, or beta (above 1: earlier). @default false; true is 1
   */
  readonly earlyRefresh?: boolean | number
  /**
   * Runs one source at a time in all processes that share the store, and not only in this one.
   * @default false
   */
  readonly lock?: boolean
  /**
   * Longest wait for another caller's source, before a caller runs its own; null: without end.
   * @default 5 seconds
   */
  readonly lockTimeout?: Timeout
  /**
   * Part of the timeout, 0 to 1, by which it is shortened at random: values stored together expire
   * apart. @default 0
   */
  readonly jitter?: number
}

/** Value that `getOrSet` stores on a miss, or the function that computes it. */
export type Source<T> = T | (() => T | Promise<T>)

/** Values by key, as `setMany` takes them. */
export type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [string, T]>

/** Result of `peek`. */
export type Peeked<T> =
  | { readonly hit: true; readonly value: T }
  | { readonly hit: false; readonly value: undefined }
