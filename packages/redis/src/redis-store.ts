import { randomUUID } from 'node:crypto'
import {
  BaseStore,
  type Entry,
  type StoredValue,
  StoreError,
  type StoreStats,
  ValueError,
} from '@sitecache/core/store'
import { clearPrefix } from './clear.js'
import { mastersOf, type RedisClient } from './client.js'
import { send, sendForNumber, sentKey } from './commands.js'
import { isOfOtherType } from './explain.js'
import { exists, getAll, groupsOf, isTooLarge, setAll, setArguments, tooLarge } from './key-commands.js'
import { COMPARE_DELETE, COMPARE_TOUCH, INCR, runScript, type Script, TOUCH } from './scripts.js'
import type { Servers } from './servers.js'
import { decodeEntry, encodeEntry, encodeExpiry, unreadable } from './stored-entry.js'

/** Longest expiry in milliseconds, 30,000 years: Redis refuses times beyond its clock's range. */
const LONGEST = 1e15

/** Longest wait of `check` for a connection, in milliseconds: it may be between two attempts. */
const CHECK_CONNECTION_MS = 4000

/** Entries in Redis, under their full keys. */
export class RedisStore extends BaseStore {
  readonly name = 'redis'
  readonly #servers: Servers

  constructor(servers: Servers) {
    super()
    this.#servers = servers
  }

  async get(key: string): Promise<Entry | undefined> {
    const bytes = await this.#servers
      .read((client) => send(client, 'GET', [sentKey(client, key)], true))
      .catch(ifOfOtherType)
    if (bytes instanceof StoreError) return unreadable(() => bytes)
    if (!Buffer.isBuffer(bytes)) return undefined
    const { value, expires } = decodeEntry(bytes)
    return expires === undefined ? this.#counter(key, value) : { value, expires }
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    const lifetime = lifetimeOf(expires)
    const bytes = encodeEntry(value, expires)
    // The value before one that is too large is out of date.
    if (lifetime === 0 || isTooLarge(bytes)) await this.delete(key)
    if (isTooLarge(bytes)) throw tooLarge(bytes)
    if (lifetime !== 0)
      await this.#servers.write((client) => send(client, 'SET', setArguments(client, key, bytes, lifetime)))
  }

  async delete(key: string): Promise<boolean> {
    return (
      (await this.#servers.write((client) => sendForNumber(client, 'UNLINK', [sentKey(client, key)]))) > 0
    )
  }

  async clear(prefix: string): Promise<void> {
    await this.#servers.write((client) => clearPrefix(client, prefix))
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    const bytes = encodeEntry(value, expires)
    if (isTooLarge(bytes)) throw tooLarge(bytes)
    if (lifetime === 0) return !(await this.#servers.write((client) => exists(client, key)))
    const reply = await this.#servers.write((client) =>
      send(client, 'SET', [...setArguments(client, key, bytes, lifetime), 'NX']),
    )
    return reply !== null
  }

  override async has(key: string): Promise<boolean> {
    return this.#servers.read((client) => exists(client, key))
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) return this.delete(key)
    const args = [lifetime === null ? '' : String(lifetime), encodeExpiry(expires)]
    return this.#isDone(TOUCH, key, ...args)
  }

  async compareDelete(key: string, value: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(value)
    return this.#isDone(COMPARE_DELETE, key, bytes)
  }

  async compareTouch(key: string, value: Uint8Array, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) return this.compareDelete(key, value)
    const args = [Buffer.from(value), lifetime === null ? '' : String(lifetime), encodeExpiry(expires)]
    return this.#isDone(COMPARE_TOUCH, key, ...args)
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    const reply = await this.#servers
      .write((client) => runScript(client, INCR, key, String(delta)))
      .catch(ifOfOtherType)
    if (reply === null) return undefined
    const sum = reply instanceof StoreError ? 'integer' : String(reply)
    if (sum === 'range') throw new ValueError(`incr by ${delta} would leave the safe integers (±2^53 - 1)`)
    if (sum === 'integer')
      throw new ValueError('incr and decr need a stored whole number; the value is not one')
    return Number(sum)
  }

  /**
   * Reads in one round trip. The expiry of a bare integer would need another; it is given as now,
   * which is safe.
   */
  override async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>()
    if (keys.length === 0) return found
    const values = await this.#servers.read((client) => getAll(client, keys))
    for (const [i, key] of keys.entries()) {
      const bytes = values[i]
      if (!Buffer.isBuffer(bytes)) continue
      const { value, expires } = decodeEntry(bytes)
      found.set(key, { value, expires: expires === undefined ? Date.now() : expires })
    }
    return found
  }

  /** @throws StoreError when none could be stored */
  override async setMany(
    entries: ReadonlyMap<string, StoredValue>,
    expires: number | null,
  ): Promise<string[]> {
    const keys = [...entries.keys()]
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) await this.deleteMany(keys)
    if (lifetime === 0 || keys.length === 0) return []
    const encoded = [...entries].map(([key, value]): [string, Buffer] => [key, encodeEntry(value, expires)])
    const large = encoded.flatMap(([key, bytes]) => (isTooLarge(bytes) ? [key] : []))
    await this.deleteMany(large)
    const sent = encoded.filter(([, bytes]) => !isTooLarge(bytes))
    if (sent.length === 0) return large
    return this.#servers.write(async (client) => {
      const errors = await setAll(client, sent, lifetime)
      const failed = sent.flatMap(([key], i) => (errors[i] === undefined ? [] : [key]))
      if (failed.length === sent.length) throw errors[0]
      return [...large, ...failed]
    })
  }

  override async deleteMany(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0
    return this.#servers.write(async (client) => {
      const counts = await Promise.all(
        groupsOf(client, keys).map((group) => sendForNumber(client, 'UNLINK', group)),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    })
  }

  /** Writes, reads and deletes a key on the leader, and pings the other servers. */
  override async check(): Promise<void> {
    const { leader, replicas } = this.#servers
    await Promise.all([leader, ...replicas].map((server) => server.whenReady(CHECK_CONNECTION_MS)))
    await this.#servers.write(async (client) => {
      await Promise.all(mastersOf(client).map((master) => send(master, 'PING')))
      const [key, value] = [`sitecache:check:${randomUUID()}`, Buffer.from(randomUUID())]
      await send(client, 'SET', setArguments(client, key, value, 10_000))
      const read = await send(client, 'GET', [sentKey(client, key)])
      await send(client, 'UNLINK', [sentKey(client, key)])
      if (!Buffer.isBuffer(read) || !read.equals(value))
        throw new StoreError(`${leader.where} did not keep what it was given`)
    })
  }

  override async close(): Promise<void> {
    this.#servers.close()
  }

  /** Counts the keys of the database, those of other programs included. */
  override async stats(): Promise<StoreStats> {
    const sizes = await this.#servers.write((client) =>
      Promise.all(mastersOf(client).map((master) => sendForNumber(master, 'DBSIZE'))),
    )
    return { entries: sizes.reduce((sum, size) => sum + size, 0) }
  }

  /** Runs a script that returns 1 when it did something. */
  async #isDone(script: Script, key: string, ...args: readonly (string | Buffer)[]): Promise<boolean> {
    const run = (client: RedisClient) => runScript(client, script, key, ...args)
    return (await this.#servers.write(run).then(Number).catch(ifOfOtherType)) === 1
  }

  async #counter(key: string, value: StoredValue): Promise<Entry | undefined> {
    const left = await this.#servers.read((client) =>
      sendForNumber(client, 'PTTL', [sentKey(client, key)], true),
    )
    // PTTL: -2, the key is gone; -1, it never expires.
    if (left === -2) return undefined
    return { value, expires: left === -1 ? null : Date.now() + left }
  }
}

/** @throws the error, unless it says that the key is another program's */
function ifOfOtherType(error: unknown): StoreError {
  if (isOfOtherType(error)) return error
  throw error
}

/** Returns an entry's lifetime in milliseconds; 0: expired; null: for ever. */
function lifetimeOf(expires: number | null): number | null {
  return expires === null ? null : Math.min(Math.max(0, Math.ceil(expires - Date.now())), LONGEST)
}
