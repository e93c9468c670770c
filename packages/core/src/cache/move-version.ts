import type { CacheInternals } from './internals.js'
import { parseVersion } from './key.js'

/**
 * Moves a value, with the rest of its timeout, to another version; resolves to that.
 *
 * @throws KeyNotFoundError when the key is missing; ValueError when a version is not a whole
 * number.
 */
export async function moveVersion(
  { keys, values, computations }: CacheInternals,
  key: string,
  { from, delta }: { readonly from: number; readonly delta: number },
): Promise<number> {
  const version = parseVersion(from)
  const target = parseVersion(version + delta)
  const [source, destination] = [keys.checked(key, version), keys.checked(key, target)]
  const reading = await values.reader.readFresh(source)
  if (reading === undefined || reading.isStale) throw keys.notFound('incrVersion')
  if (source === destination) return target
  for (const fullKey of [source, destination]) computations.fence(fullKey)
  await values.move(source, destination, reading.entry)
  return target
}
