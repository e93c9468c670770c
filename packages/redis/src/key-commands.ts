import { TooLargeError } from '@sitecache/core/store'
import { isCluster, type RedisClient } from './client.js'
import { type SentKey, send, sendForNumber, sendTogether, sentKey } from './commands.js'
import { keysBySlot } from './keys-by-slot.js'

/** Bytes of the longest value that Redis takes; of a longer one it closes the connection. */
const MAX_BYTES = 512 * 2 ** 20

export function isTooLarge(bytes: Buffer): boolean {
  return bytes.length > MAX_BYTES
}

/** Makes the error for an entry over Redis's limit. */
export function tooLarge(bytes: Buffer): TooLargeError {
  return new TooLargeError(`the entry has ${bytes.length} bytes; Redis takes ${MAX_BYTES}`)
}

/** Returns whether a key is there. */
export async function exists(client: RedisClient, key: string): Promise<boolean> {
  return (await sendForNumber(client, 'EXISTS', [sentKey(client, key)], true)) > 0
}

/** Returns the arguments of SET; `lifetime` in milliseconds, null for ever. */
export function setArguments(
  client: RedisClient,
  key: string,
  bytes: Buffer,
  lifetime: number | null,
): (string | Buffer | number)[] {
  const set = [sentKey(client, key), bytes]
  return lifetime === null ? set : [...set, 'PX', lifetime]
}

/** Sets all entries in one write; the nodes of a Cluster get their parts at the same time. */
export async function setAll(
  client: RedisClient,
  entries: readonly [string, Buffer][],
  lifetime: number | null,
): Promise<(Error | undefined)[]> {
  const all = entries.map(([key, bytes]) => setArguments(client, key, bytes, lifetime))
  if (!isCluster(client)) {
    return sendTogether(
      client,
      all.map((args) => ['SET', args]),
    )
  }
  const results = await Promise.allSettled(all.map((args) => send(client, 'SET', args)))
  return results.map((result) => (result.status === 'rejected' ? result.reason : undefined))
}

/** Returns the values in the order of their keys. */
export async function getAll(client: RedisClient, keys: readonly string[]): Promise<unknown[]> {
  if (!isCluster(client))
    return mget(
      client,
      keys.map((key) => sentKey(client, key)),
    )
  const values = new Map<string, unknown>()
  const read = async (group: SentKey[]) => {
    for (const [i, value] of (await mget(client, group)).entries()) values.set(idOf(group[i] ?? ''), value)
  }
  await Promise.all(groupsOf(client, keys).map(read))
  return keys.map((key) => values.get(idOf(sentKey(client, key))))
}

/** Returns the groups of keys that one command may name: all, or those of a slot of a Cluster. */
export function groupsOf(client: RedisClient, keys: readonly string[]): SentKey[][] {
  const sent = keys.map((key) => sentKey(client, key))
  return isCluster(client) ? keysBySlot(sent) : [sent]
}

async function mget(client: RedisClient, keys: readonly SentKey[]): Promise<unknown[]> {
  const values = await send(client, 'MGET', keys, true)
  return Array.isArray(values) ? values : []
}

/** Returns a sent key as the key of a Map. */
function idOf(key: SentKey): string {
  return typeof key === 'string' ? key : `\0${key.toString('latin1')}`
}
