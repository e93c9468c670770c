import { ValueError } from '../errors.js'
import type { CacheInternals } from './internals.js'

/**
 * Adds to a whole number; resolves to the sum.
 *
 * @throws KeyNotFoundError when the key is missing or the store failed; ValueError for no whole
 * number.
 */
export async function increment(
  { keys, values, computations }: CacheInternals,
  key: string,
  delta: number,
  version: number | undefined,
): Promise<number> {
  if (!Number.isSafeInteger(delta)) throw new ValueError(`incr needs a whole number; got ${String(delta)}`)
  const fullKey = keys.checked(key, version)
  computations.fence(fullKey)
  const sum = await values.incr(fullKey, delta)
  if (sum === undefined) throw keys.notFound('incr')
  return sum
}
