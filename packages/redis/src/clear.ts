import type { Redis } from 'ioredis'
import { isCluster, mastersOf, type RedisClient } from './client.js'

/** Keys per SCAN step: about a millisecond in which the server does nothing else. */
const STEP = 1000

/**
 * Deletes every key that begins with the prefix, on every master, in steps between which the server
 * serves others.
 */
export async function clearPrefix(client: RedisClient, prefix: string): Promise<void> {
  const drop = isCluster(client) ? dropEach : dropTogether
  await Promise.all(mastersOf(client).map((master) => clearMaster(master, prefix, drop)))
}

async function clearMaster(
  master: Redis,
  prefix: string,
  drop: (master: Redis, keys: Buffer[]) => Promise<unknown>,
): Promise<void> {
  const pattern = `${escapeGlob(prefix)}*`
  let cursor = '0'
  do {
    const [next, keys] = await master.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', STEP)
    if (keys.length > 0) await drop(master, keys)
    cursor = next.toString()
  } while (cursor !== '0')
}

/** UNLINK frees memory on another thread; DEL would block the server. */
function dropTogether(master: Redis, keys: Buffer[]): Promise<unknown> {
  return master.unlink(keys)
}

/** Deletes keys one by one: a Cluster node takes only keys of one slot in a command. */
async function dropEach(master: Redis, keys: Buffer[]): Promise<void> {
  const pipeline = master.pipeline()
  for (const key of keys) pipeline.unlink(key)
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&')
}
