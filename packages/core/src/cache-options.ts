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

/** What `getOrSet` stores on a miss. */
export type Source<T> = T | (() => T | Promise<T>)

/** Values by key, as `setMany` takes them. */
export type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [string, T]>

/** What `peek` can say without waiting. */
export type Peeked<T> =
  | { readonly hit: true; readonly value: T }
  | { readonly hit: false; readonly value: undefined }
