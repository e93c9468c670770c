import { checkOptionNames } from './options.js'
import type { Timeout } from './timeout.js'

/** Which version of a key is meant. */
export interface VersionOptions {
  /** @default the cache's */
  readonly version?: number
}

/** How a value is stored. */
export interface SetOptions extends VersionOptions {
  /** @default the cache's */
  readonly timeout?: Timeout
  /**
   * What the value can be invalidated with: at most 10,000 texts of 1 to 256 characters. A number that has tags can't be
   * counted with `incr`. @default none
   */
  readonly tags?: readonly string[]
}

/** A timeout alone, or with a version and tags. */
export type SetArgument = Timeout | SetOptions

/** How `getOrSet` and `wrap` store a value, and use an old one. */
export interface GetOrSetOptions extends SetOptions {
  /** How long after its timeout an old value is answered at once, while a new one is computed behind it. @default 0 */
  readonly staleWhileRevalidate?: Timeout
  /** How long after its timeout an old value is answered when the source throws; that is an 'error' event. @default 0 */
  readonly staleIfError?: Timeout
  /**
   * Computes a value anew a little before its timeout, by one caller and behind its answer: the likelier the nearer that
   * is and the longer it takes (XFetch). A number is the beta of that: above 1, earlier. @default false; true is 1
   */
  readonly earlyRefresh?: boolean | number
  /** Whether one source runs at a time in all processes that share the store, and not only in this one. @default false */
  readonly lock?: boolean
  /** The longest that anyone waits for another's source, before running its own; null: without end. @default 5 seconds */
  readonly lockTimeout?: Timeout
  /** The part of the timeout, 0 to 1, by which it is shortened at random: what is stored together expires apart. @default 0 */
  readonly jitter?: number
}

/** What `getOrSet` stores on a miss. */
export type Source<T> = T | (() => T | Promise<T>)

/** Values by key, as `setMany` takes them. */
export type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [string, T]>

/** What `peek` can say without waiting. */
export type Peeked<T> =
  | { readonly hit: true; readonly value: T }
  | { readonly hit: false; readonly value: undefined }

/** Names of the options of `set`, `add` and `setMany`. */
export const SET_OPTIONS = ['timeout', 'version', 'tags'] as const

/** Names of the options of `getOrSet`. */
export const GET_OR_SET_OPTIONS = [
  ...SET_OPTIONS,
  'staleWhileRevalidate',
  'staleIfError',
  'earlyRefresh',
  'lock',
  'lockTimeout',
  'jitter',
] as const

/**
 * Returns the version that a call asks for.
 *
 * @throws SettingsError for an option that the call does not have.
 */
export function versionIn(options: VersionOptions | undefined, operation: string): number | undefined {
  if (options === undefined) return undefined
  checkOptionNames(options, ['version'], `${operation}()`)
  return options.version
}
