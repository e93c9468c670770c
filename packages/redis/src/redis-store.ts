import { randomUUID } from 'node:crypto'
import {
  BaseStore,
  type Entry,
  type StoredValue,
  StoreError,
  type StoreStats,
  ValueError,
} from '@sitecache/core'
import type { Cluster } from 'ioredis'
import { clearPrefix } from './clear.js'
import { isCluster, mastersOf, type RedisClient } from './client.js'
import { keysBySlot } from './keys-by-slot.js'
import { COMPARE_DELETE, COMPARE_TOUCH, INCR, runScript, TOUCH } from './scripts.js'
import type { Servers } from './servers.js'
import { decodeEntry, encodeEntry, encodeExpiry } from './stored-entry.js'

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
    const bytes = await this.#servers.read((client) => client.getBuffer(key))
    if (bytes === null) return undefined
    const { value, expires } = decodeEntry(bytes)
    return expires === undefined ? this.#counter(key, value) : { value, expires }
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) await this.delete(key)
    else await this.#servers.write((client) => setCommand(client, key, encodeEntry(value, expires), lifetime))
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#servers.write((client) => client.unlink(key))) > 0
  }

  async clear(prefix: string): Promise<void> {
    await this.#servers.write((client) => clearPrefix(client, prefix))
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    const bytes = encodeEntry(value, expires)
    const reply = await this.#servers.write(async (client) => {
      if (lifetime === 0) return (await client.exists(key)) === 0 ? 'OK' : null
      return lifetime === null ? client.set(key, bytes, 'NX') : client.set(key, bytes, 'PX', lifetime, 'NX')
    })
    return reply === 'OK'
  }

  override async has(key: string): Promise<boolean> {
    return (await this.#servers.read((client) => client.exists(key))) > 0
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) return this.delete(key)
    const args = [lifetime === null ? '' : String(lifetime), encodeExpiry(expires)]
    return (await this.#servers.write((client) => runScript(client, TOUCH, key, ...args))) === 1
  }

  async compareDelete(key: string, value: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(value)
    return (await this.#servers.write((client) => runScript(client, COMPARE_DELETE, key, bytes))) === 1
  }

  async compareTouch(key: string, value: Uint8Array, expires: number | null): Promise<boolean> {
    const lifetime = lifetimeOf(expires)
    if (lifetime === 0) return this.compareDelete(key, value)
    const args = [Buffer.from(value), lifetime === null ? '' : String(lifetime), encodeExpiry(expires)]
    return (await this.#servers.write((client) => runScript(client, COMPARE_TOUCH, key, ...args))) === 1
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    const sum = await this.#servers.write((client) => runScript(client, INCR, key, String(delta)))
    if (sum === null) return undefined
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
    const values = await this.#servers.read((client) =>
      isCluster(client) ? getEach(client, keys) : client.mgetBuffer([...keys]),
    )
    for (const [i, key] of keys.entries()) {
      const bytes = values[i] ?? null
      if (bytes === null) continue
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
    return this.#servers.write(async (client) => {
      const errors = await setAll(client, encoded, lifetime)
      const failed = keys.filter((_, i) => errors[i] !== undefined)
      if (failed.length === keys.length) throw errors[0]
      return failed
    })
  }

  override async deleteMany(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0
    return this.#servers.write(async (client) => {
      const counts = await eachGroup(client, keys, (group) => client.unlink(group))
      return counts.reduce((sum, count) => sum + count, 0)
    })
  }

  /** Writes, reads and deletes a key on the leader, and pings the other servers. */
  override async check(): Promise<void> {
    const { leader, replicas } = this.#servers
    await Promise.all([leader, ...replicas].map((server) => server.whenReady(CHECK_CONNECTION_MS)))
    await this.#servers.write(async (client) => {
      await Promise.all(mastersOf(client).map((master) => master.ping()))
      const [key, value] = [`sitecache:check:${randomUUID()}`, Buffer.from(randomUUID())]
      await setCommand(client, key, value, 10_000)
      const read = await client.getBuffer(key)
      await client.unlink(key)
      if (!read?.equals(value)) throw new StoreError(`${leader.where} did not keep what it was given`)
    })
  }

  override async close(): Promise<void> {
    this.#servers.close()
  }

  /** Counts the keys of the database, those of other programs included. */
  override async stats(): Promise<StoreStats> {
    const sizes = await this.#servers.write((client) =>
      Promise.all(mastersOf(client).map((master) => master.dbsize())),
    )
    return { entries: sizes.reduce((sum, size) => sum + size, 0) }
  }

  async #counter(key: string, value: StoredValue): Promise<Entry | undefined> {
    const left = await this.#servers.read((client) => client.pttl(key))
    // PTTL: -2, the key is gone; -1, it never expires.
    if (left === -2) return undefined
    return { value, expires: left === -1 ? null : Date.now() + left }
  }
}

/** Returns an entry's lifetime in milliseconds; 0: expired; null: for ever. */
function lifetimeOf(expires: number | null): number | null {
  return expires === null ? null : Math.min(Math.max(0, Math.ceil(expires - Date.now())), LONGEST)
}

function setCommand(
  client: RedisClient,
  key: string,
  bytes: Buffer,
  lifetime: number | null,
): Promise<unknown> {
  return lifetime === null ? client.set(key, bytes) : client.set(key, bytes, 'PX', lifetime)
}

/** Sets all entries in one write; the nodes of a Cluster get their parts at the same time. */
async function setAll(
  client: RedisClient,
  entries: readonly [string, Buffer][],
  lifetime: number | null,
): Promise<(Error | undefined)[]> {
  if (isCluster(client)) {
    const sets = entries.map(([key, bytes]) => setCommand(client, key, bytes, lifetime))
    const results = await Promise.allSettled(sets)
    return results.map((result) => (result.status === 'rejected' ? result.reason : undefined))
  }
  const pipeline = client.pipeline()
  for (const [key, bytes] of entries) {
    if (lifetime === null) pipeline.set(key, bytes)
    else pipeline.set(key, bytes, 'PX', lifetime)
  }
  return ((await pipeline.exec()) ?? []).map(([error]) => error ?? undefined)
}

/** Returns the values in the order of their keys. */
async function getEach(client: Cluster, keys: readonly string[]): Promise<(Buffer | null)[]> {
  const values = new Map<string, Buffer | null>()
  await eachGroup(client, keys, async (group) => {
    for (const [i, value] of (await client.mgetBuffer(group)).entries()) values.set(group[i] ?? '', value)
  })
  return keys.map((key) => values.get(key) ?? null)
}

/** Runs a command for all keys at once; on a Cluster once per slot, at the same time. */
function eachGroup<T>(
  client: RedisClient,
  keys: readonly string[],
  run: (group: string[]) => Promise<T>,
): Promise<T[]> {
  const groups = isCluster(client) ? keysBySlot(keys) : [[...keys]]
  return Promise.all(groups.map(run))
}
