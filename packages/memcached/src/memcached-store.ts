import {
  BaseStore,
  checkOptions,
  type Entry,
  func,
  guardStore,
  SettingsError,
  type Store,
  type StoredValue,
  type StoreStats,
  text,
} from '@sitecache/core/store'
import { parseServers } from './addresses.js'
import { checkServers } from './check.js'
import { ItemIncrements } from './increments.js'
import { queryOptions } from './options.js'
import { Pool } from './pool.js'
import { binaryProtocol } from './protocol/binary.js'
import { textProtocol } from './protocol/text.js'
import { ServerEntries } from './server-entries.js'

/** Options of a memcached store. */
export interface MemcachedStoreOptions {
  /** User name for servers that need one; it outranks the one in a URL. @default none */
  readonly username?: string
  /** Password, together with `username`. */
  readonly password?: string
  /**
   * `binary` for SASL (`memcached -S`); `text` with a user for `memcached -Y`, and for proxies.
   *
   * @default 'binary' with a `username`, otherwise 'text'
   */
  readonly protocol?: 'text' | 'binary'
  /**
   * Bytes of the largest value; a larger one is not stored, and counted as a skip. @default 1 MiB
   * less 512, memcached's limit
   */
  readonly maxValueBytes?: number
  /**
   * Longest wait for an operation, in milliseconds; each of several servers gets half of it.
   * @default 250
   */
  readonly timeoutMs?: number
  /**
   * Lost connections or late replies in a row after which one of several servers counts as dead.
   * @default 2
   */
  readonly failures?: number
  /** Milliseconds after which a dead server is tried again. @default 1000 */
  readonly retryMs?: number
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

const schema = { ...queryOptions, username: text, password: text, now: func<() => number>() }

/** An item of 1 MiB holds its key and header too. */
const MAX_VALUE_BYTES = 2 ** 20 - 512

/**
 * A store in memcached: one server, or several that share the keys by consistent hashing.
 *
 * A dead server's keys belong to the others until it is back. Entries that were changed meanwhile
 * are removed from it before it is used again.
 *
 * @param servers `host:port`, the path of a Unix socket, or a `memcached:` URL with credentials and
 * options; several as a list, or in one text separated by ; or , . Every process must name them
 * alike.
 * @throws SettingsError for a text that is no server, and for an option that is unknown or out of
 * range
 *
 * @example
 * createCaches({ default: { store: memcachedStore(['10.0.0.1:11211', '10.0.0.2:11211']) } })
 */
export function memcachedStore(servers: string | readonly string[], options?: MemcachedStoreOptions): Store {
  const checked = checkOptions(options, schema, 'memcachedStore()')
  const { addresses, options: fromUrl } = parseServers(servers)
  const given = { ...fromUrl, ...checked }
  const { timeoutMs = 250, retryMs = 1000, failures = 2, maxValueBytes = MAX_VALUE_BYTES } = given
  const now = checked.now ?? (() => Date.now())
  const credentials = credentialsOf(given)
  const isOne = addresses.length === 1
  const settings = {
    protocol: protocolOf(given.protocol ?? (credentials === undefined ? 'text' : 'binary')),
    credentials,
    // Half, so that another server can still answer in time.
    answerMs: isOne ? timeoutMs : Math.floor(timeoutMs / 2),
    // A single server that is down is the circuit breaker's concern.
    failures: isOne ? Number.POSITIVE_INFINITY : failures,
    retryMs,
  }
  const pool = new Pool(addresses.map((address) => new ServerEntries(address, settings, maxValueBytes, now)))
  return guardStore(new MemcachedStore(pool, now), { timeoutMs, retryMs })
}

function protocolOf(name: 'text' | 'binary') {
  return name === 'text' ? textProtocol : binaryProtocol
}

function credentialsOf({ username, password }: { username?: string; password?: string }) {
  if (username === undefined && password === undefined) return undefined
  if (username !== undefined && password !== undefined) return { username, password }
  const missing = username === undefined ? 'username' : 'password'
  throw new SettingsError(`memcachedStore(): ${missing} is missing; give both, or neither`)
}

class MemcachedStore extends BaseStore {
  readonly name = 'memcached'
  readonly #pool: Pool
  readonly #now: () => number
  readonly #increments: ItemIncrements

  constructor(pool: Pool, now: () => number) {
    super()
    this.#pool = pool
    this.#now = now
    this.#increments = new ItemIncrements((key, decide) =>
      this.#pool.write(key, (entries) => entries.change(key, decide, undefined)),
    )
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#pool.read(key, (entries) => entries.get(key))
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    if (this.#isPast(expires)) await this.delete(key)
    else await this.#pool.write(key, (entries) => entries.set(key, value, expires))
  }

  async delete(key: string): Promise<boolean> {
    return this.#pool.write(key, (entries) => entries.delete(key))
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    if (this.#isPast(expires)) return !(await this.has(key))
    return this.#pool.write(key, (entries) => entries.add(key, value, expires))
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    if (this.#isPast(expires)) return this.delete(key)
    return this.#pool.write(key, (entries) =>
      entries.change(key, ({ value }) => ({ next: { value, expires }, answer: true }), false),
    )
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    return this.#increments.add(key, delta)
  }

  override async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = await this.#pool.readMany([...new Set(keys)], (entries, some) => entries.getMany(some))
    return new Map(found.flatMap((some) => [...some]))
  }

  /** Marks all entries of the prefix as gone; memcached reclaims their memory when it needs it. */
  async clear(prefix: string): Promise<void> {
    await this.#pool.clear(prefix)
  }

  override async check(): Promise<void> {
    await checkServers(this.#pool.members, this.#now)
  }

  /** Sums what the reachable servers hold, entries of other programs included. */
  override async stats(): Promise<StoreStats> {
    const all = await Promise.allSettled(this.#pool.members.map((entries) => entries.stats()))
    const found = all.flatMap((stats) => (stats.status === 'fulfilled' ? [stats.value] : []))
    if (found.length === 0) throw all.find((stats) => stats.status === 'rejected')?.reason
    const sum = (name: string) => found.reduce((total, stats) => total + Number(stats.get(name) ?? 0), 0)
    return { entries: sum('curr_items'), bytes: sum('bytes') }
  }

  override async close(): Promise<void> {
    this.#pool.close()
  }

  #isPast(expires: number | null): boolean {
    return expires !== null && expires <= this.#now()
  }
}
