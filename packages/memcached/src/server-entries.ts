import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, type StoredValue, StoreError, TooLargeError } from '@sitecache/core/store'
import { ClearLog } from './clear-log.js'
import type { MemcachedAddress, MemcachedConnection } from './connection.js'
import { memcachedExpiry, packedBytes, packItem, type StampedEntry, unpackItem } from './item.js'
import type { Deletions } from './pending-deletes.js'
import type { Item, Protocol, StoreResult } from './protocol/protocol.js'
import { Server, type ServerSettings } from './server.js'
import { CLEAR_LOG_KEY, wireKey } from './wire-key.js'

/** Attempts on an entry that others change meanwhile. */
const ATTEMPTS = 100

/** Bytes of keys per command, since memcached limits lines. */
const COMMAND_BYTES = 2000

/** Deletions that are sent at once. */
const BATCH = 500

/** Bytes that may always be read, whatever `maxValueBytes` says: the clear log fits. */
const LEAST_READ = 64 * 1024

/** The state of a key on its server. */
interface Lookup {
  /** Undefined: the server has lost it, and with it all entries. */
  readonly clearLog: ClearLog | undefined
  /** The item under the key, also a foreign one. */
  readonly item: Item | undefined
  /** The entry, if it is live. */
  readonly entry: StampedEntry | undefined
}

/** The outcome of a read-and-write: the new entry, and the caller's result. */
export interface ItemChange<T> {
  /** Undefined: the entry stays as it is. */
  readonly next: Entry | undefined
  readonly answer: T
}

/** Entries on one server. */
export class ServerEntries {
  readonly server: Server
  readonly #protocol: Protocol
  readonly #maxValueBytes: number
  readonly #now: () => number
  /** The log as last read from the server. */
  #clearLog: ClearLog | undefined
  #clearLogBytes: Buffer | undefined

  constructor(address: MemcachedAddress, settings: ServerSettings, maxValueBytes: number, now: () => number) {
    this.server = new Server(address, settings, (connection, deletions) =>
      this.#applyDeletions(connection, deletions),
    )
    this.#protocol = settings.protocol
    this.#maxValueBytes = maxValueBytes
    this.#now = now
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.server.ask((connection) => this.#lookUp(connection, key))).entry
  }

  /** Reads the hits in one round trip. */
  getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.server.ask(async (connection) => {
      const wires = new Map(keys.map((key) => [wireKey(key), key]))
      const answers = await Promise.all(
        commands([CLEAR_LOG_KEY, ...wires.keys()]).map((some) => this.#fetch(connection, some)),
      )
      const clearLog = this.#learn(answers[0]?.get(CLEAR_LOG_KEY))
      const found = new Map<string, Entry>()
      for (const [wire, item] of answers.flatMap((items) => [...items])) {
        const key = wires.get(wire)
        const entry = key === undefined ? undefined : this.#read(key, item, clearLog)
        if (key !== undefined && entry !== undefined) found.set(key, entry)
      }
      return found
    })
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    if (value.byteLength > this.#maxValueBytes) {
      await this.delete(key)
      throw new TooLargeError(
        `the value has ${value.byteLength} bytes; maxValueBytes is ${this.#maxValueBytes}`,
      )
    }
    await this.server.ask(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const clearLog = this.#clearLog ?? (await this.#ensureClearLog(connection))
        const [clearLogNow, stored] = await Promise.all([
          this.#fetch(connection, [CLEAR_LOG_KEY]),
          this.#store(connection, key, value, expires, clearLog),
        ])
        if (stored === 'conflict') throw new StoreError('memcached would not store a value')
        // Another process cleared the prefix meanwhile: the value is written again.
        if (this.#learn(clearLogNow.get(CLEAR_LOG_KEY))?.has(key, clearLog.stamp)) return
      }
    })
  }

  async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.server.ask(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const found = await this.#lookUp(connection, key)
        if (found.entry !== undefined) return false
        const clearLog = found.clearLog ?? (await this.#ensureClearLog(connection))
        // An expired, cleared or foreign item is replaced, unless another process does so first.
        const only = found.item?.cas ?? 'add'
        if ((await this.#store(connection, key, value, expires, clearLog, only)) === 'stored') return true
      }
      throw contention()
    })
  }

  /** Replaces an entry by the outcome of `decide`; starts again when others have changed it. */
  async change<T>(key: string, decide: (entry: Entry) => ItemChange<T>, absent: T): Promise<T> {
    return this.server.ask(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { entry, item, clearLog } = await this.#lookUp(connection, key)
        if (entry === undefined || item === undefined || clearLog === undefined) return absent
        const { next, answer } = decide(entry)
        if (next === undefined) return answer
        const stored = await this.#store(connection, key, next.value, next.expires, clearLog, item.cas)
        if (stored === 'stored') return answer
        // Random, so that processes that collided don't collide again.
        if (attempt > 2) await delay(Math.random() * Math.min(attempt, 10))
      }
      throw contention()
    })
  }

  async delete(key: string): Promise<boolean> {
    return this.server.ask(async (connection) => {
      const [found, removed] = await Promise.all([
        this.#lookUp(connection, key),
        connection.send(this.#protocol.remove(wireKey(key))),
      ])
      return removed && found.entry !== undefined
    })
  }

  async clear(prefix: string): Promise<void> {
    await this.server.ask((connection) => this.#clear(connection, (clearLog) => clearLog.clear(prefix)))
  }

  version(): Promise<string> {
    return this.server.ask((connection) => connection.send(this.#protocol.version()))
  }

  stats(): Promise<Map<string, string>> {
    return this.server.ask((connection) => connection.send(this.#protocol.stats()))
  }

  async #lookUp(connection: MemcachedConnection, key: string): Promise<Lookup> {
    const wire = wireKey(key)
    const items = await this.#fetch(connection, [CLEAR_LOG_KEY, wire])
    const clearLog = this.#learn(items.get(CLEAR_LOG_KEY))
    const item = items.get(wire)
    return { clearLog, item, entry: item && this.#read(key, item, clearLog) }
  }

  /**
   * Decodes an item.
   *
   * @returns undefined: it is foreign, expired or cleared
   */
  #read(key: string, item: Item, clearLog: ClearLog | undefined): StampedEntry | undefined {
    const entry = unpackItem(item.value)
    if (entry === undefined || (entry.expires !== null && entry.expires <= this.#now())) return undefined
    return clearLog?.has(key, entry.stamp) ? entry : undefined
  }

  #fetch(connection: MemcachedConnection, keys: readonly string[]): Promise<Map<string, Item>> {
    const maxBytes = packedBytes(Math.max(this.#maxValueBytes, LEAST_READ))
    return connection.send(this.#protocol.fetch(keys, maxBytes))
  }

  async #store(
    connection: MemcachedConnection,
    key: string,
    value: StoredValue,
    expires: number | null,
    { stamp }: ClearLog,
    only?: 'add' | bigint,
  ): Promise<StoreResult> {
    const stored = await connection.send(
      this.#protocol.store({
        key: wireKey(key),
        value: packItem(value, expires, stamp),
        expires: memcachedExpiry(expires, this.#now()),
        ...(only === undefined ? {} : { only }),
      }),
    )
    if (stored !== 'too-large') return stored
    throw new TooLargeError(`memcached takes no value of ${value.byteLength} bytes: see its option -I`)
  }

  /** Decodes the log when its bytes have changed, which is rare. */
  #learn(item: Item | undefined): ClearLog | undefined {
    if (item === undefined || this.#clearLogBytes === undefined || !this.#clearLogBytes.equals(item.value)) {
      this.#clearLog = item && ClearLog.decode(item.value)
      this.#clearLogBytes = item?.value
    }
    return this.#clearLog
  }

  /** Reads the log; creates one where it is missing or foreign. */
  async #ensureClearLog(connection: MemcachedConnection): Promise<ClearLog> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const item = (await this.#fetch(connection, [CLEAR_LOG_KEY])).get(CLEAR_LOG_KEY)
      const clearLog = this.#learn(item)
      if (clearLog !== undefined) return clearLog
      await this.#storeClearLog(connection, ClearLog.create(), item)
    }
    throw contention()
  }

  async #clear(connection: MemcachedConnection, next: (clearLog: ClearLog) => ClearLog): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const item = (await this.#fetch(connection, [CLEAR_LOG_KEY])).get(CLEAR_LOG_KEY)
      const clearLog = this.#learn(item)
      // Without a log there are no entries.
      if (clearLog === undefined) return
      if ((await this.#storeClearLog(connection, next(clearLog), item)) === 'stored') return
    }
    throw contention()
  }

  #storeClearLog(
    connection: MemcachedConnection,
    clearLog: ClearLog,
    before: Item | undefined,
  ): Promise<StoreResult> {
    const only = before?.cas ?? 'add'
    return connection.send(
      this.#protocol.store({ key: CLEAR_LOG_KEY, value: clearLog.encode(), expires: 0, only }),
    )
  }

  async #applyDeletions(
    connection: MemcachedConnection,
    { keys, prefixes, everything }: Deletions,
  ): Promise<void> {
    if (everything) await this.#clear(connection, () => ClearLog.create())
    for (const prefix of prefixes) await this.#clear(connection, (clearLog) => clearLog.clear(prefix))
    for (let at = 0; at < keys.length; at += BATCH) {
      const some = keys.slice(at, at + BATCH)
      await Promise.all(some.map((key) => connection.send(this.#protocol.remove(key))))
    }
  }
}

/** Splits keys into commands. */
function commands(keys: readonly string[]): string[][] {
  const all: string[][] = []
  let room = 0
  for (const key of keys) {
    const bytes = Buffer.byteLength(key) + 1
    if (bytes > room) {
      all.push([])
      room = COMMAND_BYTES
    }
    all.at(-1)?.push(key)
    room -= bytes
  }
  return all
}

function contention(): StoreError {
  return new StoreError(`an entry was changed by others ${ATTEMPTS} times meanwhile`)
}
