import { SET_OPTIONS } from './call-options.js'
import type { CacheInternals } from './internals.js'
import type { Entries, SetArgument } from './options.js'

/** Resolves to the values of those keys that are there. */
export async function getMany<T>(
  { keys, values }: CacheInternals,
  wanted: Iterable<string>,
  version: number | undefined,
): Promise<Map<string, T>> {
  const fullKeys = new Map(Array.from(wanted, (key) => [key, keys.checked(key, version)]))
  const found = new Map<string, T>()
  if (fullKeys.size === 0) return found
  const readings = await values.reader.readMany([...fullKeys.values()])
  for (const [key, fullKey] of fullKeys) {
    const hit = values.count(fullKey, readings.get(fullKey))
    if (hit !== undefined) found.set(key, hit.value as T)
  }
  return found
}

/** Deletes keys; resolves to how many were there. */
export async function deleteMany(
  { keys, values, computations }: CacheInternals,
  unwanted: Iterable<string>,
  version: number | undefined,
): Promise<number> {
  const fullKeys = new Set(Array.from(unwanted, (key) => keys.checked(key, version)))
  for (const fullKey of fullKeys) computations.fence(fullKey)
  return values.deleteMany([...fullKeys])
}

/** Stores values; resolves to the keys that failed. */
export async function setMany(
  { keys, values, computations }: CacheInternals,
  entries: Entries<unknown>,
  options: SetArgument | undefined,
): Promise<string[]> {
  const parsed = values.parseOptions(options, SET_OPTIONS, 'setMany()')
  const byFullKey = new Map<string, string>()
  const bodies = new Map<string, Uint8Array>()
  for (const [key, value] of Symbol.iterator in entries ? entries : Object.entries(entries)) {
    const fullKey = keys.checked(key, parsed.version)
    byFullKey.set(fullKey, key)
    bodies.set(fullKey, values.encode(value))
  }
  for (const fullKey of byFullKey.keys()) computations.fence(fullKey)
  const failed = await values.writeMany(bodies, parsed)
  return failed.map((fullKey) => byFullKey.get(fullKey) ?? fullKey)
}
