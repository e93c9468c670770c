import { keyBytes } from '@sitecache/core/store'
import { Command, type Pipeline, type Redis } from 'ioredis'
import type { RedisClient } from './client.js'

/** A key as it is sent: with the client's own prefix in front. */
export type SentKey = string | Buffer

type Argument = string | Buffer | number | readonly SentKey[]

/**
 * Sends a command as it is written here, and returns its reply with texts as Buffers.
 *
 * Options of an application's client would change it: keyPrefix (not for SCAN), transformers (by
 * the lower-case name), auto pipelining (which loses the name of `callBuffer`).
 *
 * @param readOnly lets a Cluster client that reads from replicas do so
 */
export async function send(
  client: RedisClient,
  name: Uppercase<string>,
  args: readonly Argument[] = [],
  readOnly = false,
): Promise<unknown> {
  return client.sendCommand(commandOf(name, args, readOnly))
}

/** As `send`, for replies that are integers; with `stringNumbers` a client gives texts. */
export async function sendForNumber(
  client: RedisClient,
  name: Uppercase<string>,
  args: readonly Argument[] = [],
  readOnly = false,
): Promise<number> {
  return Number(await send(client, name, args, readOnly))
}

/** Sends commands in one write; returns the error of each, if it failed. */
export async function sendTogether(
  client: Redis,
  commands: readonly (readonly [name: Uppercase<string>, args: readonly Argument[]])[],
): Promise<(Error | undefined)[]> {
  // Its declared type leaves `sendCommand` out.
  const pipeline = client.pipeline() as unknown as Pipeline
  for (const [name, args] of commands) pipeline.sendCommand(commandOf(name, args, false))
  return ((await pipeline.exec()) ?? []).map(([error]) => error ?? undefined)
}

/** Returns a key as it is sent. A Cluster's slot is that of the whole. */
export function sentKey(client: RedisClient, key: string): SentKey {
  const prefix = prefixOf(client)
  const isText = typeof prefix === 'string' && !/\p{Surrogate}/u.test(key)
  return isText ? prefix + key : Buffer.concat([Buffer.from(prefix), keyBytes(key)])
}

/** Prefix that the client's own commands put before keys: a Buffer too, whatever its type says. */
function prefixOf(client: RedisClient): SentKey {
  const prefix: unknown = client.options.keyPrefix
  if (typeof prefix === 'string' || Buffer.isBuffer(prefix)) return prefix
  return ''
}

function commandOf(name: string, args: readonly Argument[], readOnly: boolean): Command {
  return new Command(name, args.flat(), { replyEncoding: null, readOnly })
}
