import type { Redis } from 'ioredis'
import { isCluster, mastersOf, type RedisClient } from './client.js'
import { send, sendTogether, sentKey } from './commands.js'

/** Keys per SCAN step: about a millisecond in which the server does nothing else. */
const STEP = 1000

/**
 * Deletes every key that begins with the prefix, on every master, in steps between which the server
 * serves others.
 */
export async function clearPrefix(client: RedisClient, prefix: string): Promise<void> {
  const drop = isCluster(client) ? dropEach : dropTogether
  const pattern = patternOf(Buffer.from(sentKey(client, prefix)))
  await Promise.all(mastersOf(client).map((master) => clearMaster(master, pattern, drop)))
}

async function clearMaster(
  master: Redis,
  pattern: Buffer,
  drop: (master: Redis, keys: Buffer[]) => Promise<unknown>,
): Promise<void> {
  let cursor = '0'
  do {
    const reply = await send(master, 'SCAN', [cursor, 'MATCH', pattern, 'COUNT', STEP])
    const [next, keys] = reply as [Buffer, Buffer[]]
    if (keys.length > 0) await drop(master, keys)
    cursor = next.toString()
  } while (cursor !== '0')
}

/** UNLINK frees memory on another thread; DEL would block the server. */
function dropTogether(master: Redis, keys: Buffer[]): Promise<unknown> {
  return send(master, 'UNLINK', keys)
}

/** Deletes keys one by one: a Cluster node takes only keys of one slot in a command. */
async function dropEach(master: Redis, keys: Buffer[]): Promise<void> {
  const errors = await sendTogether(
    master,
    keys.map((key) => ['UNLINK', [key]]),
  )
  for (const error of errors) if (error !== undefined) throw error
}

const SPECIAL = Buffer.from('\\*?[]^')

/** Returns the glob of all keys that begin with these bytes. */
function patternOf(prefix: Buffer): Buffer {
  const escaped = Array.from(prefix, (byte) => (SPECIAL.includes(byte) ? [0x5c, byte] : [byte]))
  return Buffer.from([...escaped.flat(), 0x2a])
}
