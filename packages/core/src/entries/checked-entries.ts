import { types } from 'node:util'
import { StoreError } from '../errors.js'
import type { Entry } from '../stores/store.js'

/**
 * Returns the answer of a store's `get`.
 *
 * @throws StoreError for anything but an entry or undefined: nothing from a store is trusted
 */
export function checkedEntry(answer: unknown): Entry | undefined {
  if (answer === undefined || isEntry(answer)) return answer
  throw new StoreError('the store answered something else than an entry')
}

/**
 * Returns the answer of a store's `getMany`.
 *
 * @throws StoreError for anything but a Map of entries
 */
export function checkedEntries(answer: unknown): Map<string, Entry> {
  if (types.isMap(answer) && [...answer.values()].every(isEntry)) return answer as Map<string, Entry>
  throw new StoreError('the store answered something else than a Map of entries')
}

function isEntry(answer: unknown): answer is Entry {
  if (typeof answer !== 'object' || answer === null) return false
  const { value, expires } = answer as Partial<Entry>
  if (typeof value !== 'object' || value === null || typeof value.byteLength !== 'number') return false
  return expires === null || typeof expires === 'number'
}
