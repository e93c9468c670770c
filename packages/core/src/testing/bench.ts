import type { Store } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'

/** The part of jest and vitest that the contract is written in. */
export interface TestGlobals {
  describe(name: string, block: () => void): void
  it(name: string, test: () => Promise<void>): void
  expect(value: unknown): {
    toEqual(expected: unknown): void
    rejects: { toThrow(expected: RegExp): Promise<void> }
  }
}

/** A store, its clock and what moves that. */
export interface Bench {
  readonly store: Store
  readonly now: () => number
  /** An expiry that is near, in milliseconds since the epoch. */
  soon(): number
  /** Lets so much time pass that what expires `soon` has expired, by the store's own precision. */
  outlive(): Promise<void>
  pass(milliseconds: number): Promise<void>
}

/** A promise of every store, and what proves it. */
export type Case = readonly [name: string, run: (bench: Bench) => Promise<void>]

/** A text's bytes. */
export const bytes = (text: string) => Buffer.from(text)

/** A key's value as text; undefined on a miss. */
export async function read(store: Store, key: string): Promise<string | undefined> {
  const entry = await store.get(key)
  return entry && Buffer.from(bytesOf(entry.value)).toString()
}
