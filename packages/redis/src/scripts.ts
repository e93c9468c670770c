import { createHash } from 'node:crypto'
import type { RedisClient } from './client.js'
import { send, sentKey } from './commands.js'
import { wordsOf } from './explain.js'
import { EXPIRES_AT, FRONT, MAGIC_START } from './stored-entry.js'

/** A Lua script, for an operation that Redis has no single atomic command for. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * Adds to a stored integer. INCRBY would create a missing key, and counts to 64 bits where
 * JavaScript has 53. Returns the sum as text, since ioredis rounds the largest integer replies;
 * false for a missing key; 'integer' or 'range' for a value or sum that is not allowed.
 */
export const INCR = script(`
if redis.call('STRLEN', KEYS[1]) > 17 then return 'integer' end
local value = redis.call('GET', KEYS[1])
if not value then return false end
if value ~= '0' and not string.match(value, '^-?[1-9]%d*$') then return 'integer' end
local sum = tonumber(value) + tonumber(ARGV[1])
if sum > 9007199254740991 or sum < -9007199254740991 then return 'range' end
return string.format('%.0f', redis.call('INCRBY', KEYS[1], ARGV[1]))
`)

/**
 * Changes an expiry, which stands in the entry too. ARGV: milliseconds from now, or ''; the
 * expiry's bytes. Returns 1 if the key exists.
 */
export const TOUCH = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('GETRANGE', KEYS[1], 0, ${MAGIC_START.length - 1}) == '${MAGIC_START}' then
  redis.call('SETRANGE', KEYS[1], ${EXPIRES_AT}, ARGV[2])
end
if ARGV[1] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
`)

const IS_SAME = `
local stored = redis.call('GET', KEYS[1])
if not stored then return 0 end
local isSame = stored == ARGV[1] or
  (string.sub(stored, 1, ${MAGIC_START.length}) == '${MAGIC_START}' and string.sub(stored, ${FRONT + 1}) == ARGV[1])
if not isSame then return 0 end
`

/** Deletes a key that holds this value. ARGV: the value. Returns 1 if it did. */
export const COMPARE_DELETE = script(`${IS_SAME} return redis.call('DEL', KEYS[1])`)

/** TOUCH of a key that holds this value. ARGV: the value, then those of TOUCH. */
export const COMPARE_TOUCH = script(`
${IS_SAME}
if stored ~= ARGV[1] then redis.call('SETRANGE', KEYS[1], ${EXPIRES_AT}, ARGV[3]) end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`)

/** Runs a script on a key by its digest, and by its text on a server that does not know it yet. */
export async function runScript(
  client: RedisClient,
  { lua, sha }: Script,
  key: string,
  ...args: readonly (string | Buffer)[]
): Promise<unknown> {
  const rest = [1, sentKey(client, key), ...args]
  try {
    return await send(client, 'EVALSHA', [sha, ...rest])
  } catch (error) {
    if (!wordsOf(error).startsWith('NOSCRIPT')) throw error
    return await send(client, 'EVAL', [lua, ...rest])
  }
}
