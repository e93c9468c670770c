import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, type StoredValue, StoreError, TooLargeError } from '@sitecache/core/store'
import type { Address, Connection } from './connection.js'
import type { Owed } from './debts.js'
import { memcachedExpiry, packedBytes, packItem, unpackItem, type Written } from './item.js'
import { Ledger } from './ledger.js'
import type { Item, Protocol, Stored } from './protocol/protocol.js'
import { Server, type ServerSettings } from './server.js'
import { LEDGER_KEY, wireKey } from './wire-key.js'

/** Times that an entry is looked at again, because others changed it meanwhile. */
const ATTEMPTS = 100

/** Bytes of keys that are asked for in one command: memcached reads short lines without care. */
const COMMAND_BYTES = 2000

/** Commands that are on their way at once, when there are many. */
const BATCH = 500

/** Bytes of a value that are read, whatever the limit for ours: a ledger has less. */
const LEAST_READ = 64 * 1024

/** What a key has on its server. */
interface Sight {
  /** Undefined: the server has lost it, and with it all entries. */
  readonly ledger: Ledger | undefined
  /** What is there, of whomever; undefined: nothing. */
  readonly item: Item | undefined
  /** The entry, when it is one that is still there. */
  readonly entry: Written | undefined
}

/** What becomes of an entry, and what is answered. */
export interface Change<T> {
  /** Undefined: it stays as it is. */
  readonly next: Entry | undefined
  readonly answer: T
}

/** The entries of one server. */
export class Entries {
  readonly server: Server
  readonly #protocol: Protocol
  readonly #maxValueBytes: number
  readonly #now: () => number
  /** As the server last had it. */
  #ledger: Ledger | undefined
  #ledgerBytes: Buffer | undefined

  constructor(address: Address, settings: ServerSettings, maxValueBytes: number, now: () => number) {
    this.server = new Server(address, settings, (connection, owed) => this.#pay(connection, owed))
    this.#protocol = settings.protocol
    this.#maxValueBytes = maxValueBytes
    this.#now = now
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.server.ask((connection) => this.#look(connection, key))).entry
  }

  /** Hits only; in one round trip. */
  getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.server.ask(async (connection) => {
      const wires = new Map(keys.map((key) => [wireKey(key), key]))
      const answers = await Promise.all(
        commands([LEDGER_KEY, ...wires.keys()]).map((some) => this.#fetch(connection, some)),
      )
      const ledger = this.#learn(answers[0]?.get(LEDGER_KEY))
      const found = new Map<string, Entry>()
      for (const [wire, item] of answers.flatMap((items) => [...items])) {
        const key = wires.get(wire)
        const entry = key === undefined ? undefined : this.#read(key, item, ledger)
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
        const ledger = this.#ledger ?? (await this.#ensureLedger(connection))
        const [ledgerNow, stored] = await Promise.all([
          this.#fetch(connection, [LEDGER_KEY]),
          this.#store(connection, key, value, expires, ledger),
        ])
        if (stored === 'conflict') throw new StoreError('memcached would not store a value')
        // Written under what was cleared meanwhile, by another process: to be written again.
        if (this.#learn(ledgerNow.get(LEDGER_KEY))?.has(key, ledger.stamp)) return
      }
    })
  }

  async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.server.ask(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const sight = await this.#look(connection, key)
        if (sight.entry !== undefined) return false
        const ledger = sight.ledger ?? (await this.#ensureLedger(connection))
        // What is there but gone, expired or foreign is replaced, unless somebody else does so first.
        const only = sight.item?.cas ?? 'add'
        if ((await this.#store(connection, key, value, expires, ledger, only)) === 'stored') return true
      }
      throw contention()
    })
  }

  /** Replaces an entry by what `decide` makes of it, unless others change it meanwhile: then again. */
  async change<T>(key: string, decide: (entry: Entry) => Change<T>, absent: T): Promise<T> {
    return this.server.ask(async (connection) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { entry, item, ledger } = await this.#look(connection, key)
        if (entry === undefined || item === undefined || ledger === undefined) return absent
        const { next, answer } = decide(entry)
        if (next === undefined) return answer
        const stored = await this.#store(connection, key, next.value, next.expires, ledger, item.cas)
        if (stored === 'stored') return answer
        // Random, so that those who met do not meet again.
        if (attempt > 2) await delay(Math.random() * Math.min(attempt, 10))
      }
      throw contention()
    })
  }

  async delete(key: string): Promise<boolean> {
    return this.server.ask(async (connection) => {
      const [sight, removed] = await Promise.all([
        this.#look(connection, key),
        connection.send(this.#protocol.remove(wireKey(key))),
      ])
      return removed && sight.entry !== undefined
    })
  }

  async clear(prefix: string): Promise<void> {
    await this.server.ask((connection) => this.#clear(connection, (ledger) => ledger.clear(prefix)))
  }

  version(): Promise<string> {
    return this.server.ask((connection) => connection.send(this.#protocol.version()))
  }

  stats(): Promise<Map<string, string>> {
    return this.server.ask((connection) => connection.send(this.#protocol.stats()))
  }

  async #look(connection: Connection, key: string): Promise<Sight> {
    const wire = wireKey(key)
    const items = await this.#fetch(connection, [LEDGER_KEY, wire])
    const ledger = this.#learn(items.get(LEDGER_KEY))
    const item = items.get(wire)
    return { ledger, item, entry: item && this.#read(key, item, ledger) }
  }

  /** The entry in an item; undefined when it is not ours, has expired or was cleared. */
  #read(key: string, item: Item, ledger: Ledger | undefined): Written | undefined {
    const entry = unpackItem(item.value)
    if (entry === undefined || (entry.expires !== null && entry.expires <= this.#now())) return undefined
    return ledger?.has(key, entry.stamp) ? entry : undefined
  }

  #fetch(connection: Connection, keys: readonly string[]): Promise<Map<string, Item>> {
    const maxBytes = packedBytes(Math.max(this.#maxValueBytes, LEAST_READ))
    return connection.send(this.#protocol.fetch(keys, maxBytes))
  }

  async #store(
    connection: Connection,
    key: string,
    value: StoredValue,
    expires: number | null,
    { stamp }: Ledger,
    only?: 'add' | bigint,
  ): Promise<Stored> {
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

  /** Decodes a ledger once, as it hardly ever changes. */
  #learn(item: Item | undefined): Ledger | undefined {
    if (item === undefined || this.#ledgerBytes === undefined || !this.#ledgerBytes.equals(item.value)) {
      this.#ledger = item && Ledger.decode(item.value)
      this.#ledgerBytes = item?.value
    }
    return this.#ledger
  }

  /** The ledger; a new one when the server has none, or something else in its place. */
  async #ensureLedger(connection: Connection): Promise<Ledger> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const item = (await this.#fetch(connection, [LEDGER_KEY])).get(LEDGER_KEY)
      const ledger = this.#learn(item)
      if (ledger !== undefined) return ledger
      await this.#storeLedger(connection, Ledger.create(), item)
    }
    throw contention()
  }

  async #clear(connection: Connection, next: (ledger: Ledger) => Ledger): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const item = (await this.#fetch(connection, [LEDGER_KEY])).get(LEDGER_KEY)
      const ledger = this.#learn(item)
      // Without a ledger nothing is there.
      if (ledger === undefined) return
      if ((await this.#storeLedger(connection, next(ledger), item)) === 'stored') return
    }
    throw contention()
  }

  #storeLedger(connection: Connection, ledger: Ledger, before: Item | undefined): Promise<Stored> {
    const only = before?.cas ?? 'add'
    return connection.send(
      this.#protocol.store({ key: LEDGER_KEY, value: ledger.encode(), expires: 0, only }),
    )
  }

  async #pay(connection: Connection, { keys, prefixes, everything }: Owed): Promise<void> {
    if (everything) await this.#clear(connection, () => Ledger.create())
    for (const prefix of prefixes) await this.#clear(connection, (ledger) => ledger.clear(prefix))
    for (let at = 0; at < keys.length; at += BATCH) {
      const some = keys.slice(at, at + BATCH)
      await Promise.all(some.map((key) => connection.send(this.#protocol.remove(key))))
    }
  }
}

/** Keys in as many commands as they need. */
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
