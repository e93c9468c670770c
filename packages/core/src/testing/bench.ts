import type { Store } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'

/** The functions of Jest or Vitest that the contract uses. */
export interface TestGlobals {
  describe(name: string, block: () => void): void
  it(name: string, test: () => Promise<void>): void
  expect(value: unknown): {
    toEqual(expected: unknown): void
    rejects: { toThrow(expected: RegExp): Promise<void> }
  }
}

/** A store under test, with its clock. */
export interface Bench {
  readonly store: Store
  readonly now: () => number
  /** Returns an expiry in the near future, in milliseconds since the epoch. */
  soon(): number
  /** Lets time pass until an expiry of `soon` is over, by the store's own precision. */
  outlive(): Promise<void>
  pass(milliseconds: number): Promise<void>
}

/** A rule for every store, with its test. */
export type Case = readonly [name: string, run: (bench: Bench) => Promise<void>]

/** Returns the bytes of a string. */
export const bytes = (text: string): Buffer => Buffer.from(text)

/** Resolves to the value of a key as a string; undefined: a miss. */
export async function read(store: Store, key: string): Promise<string | undefined> {
  const entry = await store.get(key)
  return entry && Buffer.from(bytesOf(entry.value)).toString()
}
