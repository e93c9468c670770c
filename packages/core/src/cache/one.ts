import type { CacheInternals } from './internals.js'
import type { SetArgument } from './options.js'
import { targetOf } from './target.js'
import { isNothing } from './values.js'

/** Stores a value, which ends what is being computed for its key. */
export function setOne(
  internals: CacheInternals,
  key: string,
  value: unknown,
  options: SetArgument | undefined,
): Promise<void> {
  const target = targetOf(internals, key, options, 'set')
  const body = internals.values.encode(value)
  internals.computations.fence(target.fullKey)
  return internals.values.write(target, body)
}

/** Stores a value unless the key is there; tells whether it did. */
export function addOne(
  internals: CacheInternals,
  key: string,
  value: unknown,
  options: SetArgument | undefined,
): Promise<boolean> | boolean {
  const target = targetOf(internals, key, options, 'add')
  const body = internals.values.encode(value)
  if (isNothing(target.timeout)) return false
  internals.computations.fence(target.fullKey)
  return internals.values.add(target, body)
}

/** Deletes a key; resolves to whether it was there. */
export function deleteOne(
  { keys, values, computations }: CacheInternals,
  key: string,
  version: number | undefined,
): Promise<boolean> {
  const fullKey = keys.checked(key, version)
  computations.fence(fullKey)
  return values.delete(fullKey)
}

/** Resolves to whether the key is there, and is not stale. */
export async function hasOne(
  { keys, values }: CacheInternals,
  key: string,
  version: number | undefined,
): Promise<boolean> {
  const reading = await values.reader.read(keys.checked(key, version))
  return reading !== undefined && !reading.isStale
}

/** Gives a key another timeout; resolves to whether it was there. */
export function touchOne(
  internals: CacheInternals,
  key: string,
  options: SetArgument | undefined,
): Promise<boolean> {
  const target = targetOf(internals, key, options, 'touch', ['timeout', 'version'])
  if (isNothing(target.timeout)) internals.computations.fence(target.fullKey)
  return internals.values.touch(target)
}
