import { type Entries, SET_OPTIONS, type SetArgument } from './cache-options.js'
import type { Parts } from './parts.js'

/** The values of those keys that are there. */
export async function getMany<T>(
  { keys, values }: Parts,
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

/** Stores values; answers the keys that failed. */
export async function setMany(
  { keys, values, flights }: Parts,
  entries: Entries<unknown>,
  options: SetArgument | undefined,
): Promise<string[]> {
  const storing = values.options(options, SET_OPTIONS, 'setMany()')
  const byFullKey = new Map<string, string>()
  const bodies = new Map<string, Uint8Array>()
  for (const [key, value] of Symbol.iterator in entries ? entries : Object.entries(entries)) {
    const fullKey = keys.checked(key, storing.version)
    byFullKey.set(fullKey, key)
    bodies.set(fullKey, values.encode(value))
  }
  for (const fullKey of byFullKey.keys()) flights.fence(fullKey)
  const failed = await values.writeMany(bodies, storing)
  return failed.map((fullKey) => byFullKey.get(fullKey) ?? fullKey)
}
