import type { Parts } from './internals.js'
import { parseVersion } from './key.js'

/**
 * Moves a value, with what is left of its timeout, to another version, which it answers; undefined: there is none.
 *
 * @throws ValueError when a version is not a whole number.
 */
export async function moveVersion(
  { keys, values, flights }: Parts,
  key: string,
  { from, delta }: { readonly from: number; readonly delta: number },
): Promise<number | undefined> {
  const version = parseVersion(from)
  const target = parseVersion(version + delta)
  const [source, destination] = [keys.checked(key, version), keys.checked(key, target)]
  const reading = await values.reader.readFresh(source)
  if (reading === undefined || reading.isStale) return undefined
  if (source === destination) return target
  for (const fullKey of [source, destination]) flights.fence(fullKey)
  await values.move(source, destination, reading.entry)
  return target
}
