import {
  BaseStore,
  bytesOf,
  type Entry,
  type EvictListener,
  type StoredValue,
  StoreError,
  type StoreStats,
  TooLargeError,
  ValueError,
} from '@sitecache/core/store'
import type { CompiledQuery } from 'kysely'
import { chunks, MAX_ROWS } from './chunks.js'
import { Culling } from './culling.js'
import { type Database, outcomeOf, type QueryOutcome } from './database.js'
import { EntriesTable } from './entries-table.js'
import { type EntryId, entryId, prefixRange } from './entry-id.js'
import type { SqlConnection } from './kysely-instance.js'
import type { NewRow } from './queries.js'
import { bytesIn, entryOf, integerIn } from './rows.js'

/** Settings of a store's entries. */
export interface EntriesOptions {
  readonly writer: Database
  readonly reader: Database
  /** 0: nothing is kept. */
  readonly maxEntries: number
  readonly cullFrequency: number
  /** Longest wait of an operation's caller, in milliseconds. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** A row with its key. */
interface KeyedRow extends NewRow {
  readonly key: string
}

/** Most entries that `stats()` counts. */
const MAX_COUNTED = 1_000_000

/** Deadline of each query of `check()`, in milliseconds. */
const CHECK_MS = 4000

/** A key that is never set. */
const CHECK_ID = entryId('sitecache:check').id

/** A store in a table. Times are of this process's clock; the database's is never used. */
export class SqlEntries extends BaseStore {
  readonly name: string
  readonly #options: EntriesOptions
  readonly #table: EntriesTable
  readonly #culling: Culling

  constructor(options: EntriesOptions) {
    super()
    const { writer, maxEntries, cullFrequency, now } = options
    this.name = writer.dialect
    this.#options = options
    this.#table = new EntriesTable(writer)
    this.#culling = new Culling(this.#table, { maxEntries, cullFrequency, now, random: Math.random })
  }

  async get(key: string): Promise<Entry | undefined> {
    const { rows } = await this.#read(this.#queries.get(this.#at(key)))
    return rows[0] && entryOf(rows[0])
  }

  override async has(key: string): Promise<boolean> {
    const { rows } = await this.#read(this.#queries.has(this.#at(key)))
    return rows.length > 0
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    if (this.#isPast(expires)) {
      await this.delete(key)
      return
    }
    const deadline = this.#deadline()
    const row = rowOf(key, value, expires)
    await this.#culling.makeRoom([row.id])
    try {
      await this.#table.run(this.#queries.set(row), deadline)
    } catch (error) {
      // The value before it is out of date.
      if (error instanceof TooLargeError) await this.delete(key)
      throw error
    }
  }

  async delete(key: string): Promise<boolean> {
    const { affected } = await this.#write(this.#queries.delete(this.#at(key)))
    return affected > 0
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    if (this.#options.maxEntries === 0) return false
    if (this.#isPast(expires)) return !(await this.#isThere(key))
    const deadline = this.#deadline()
    const row = { ...rowOf(key, value, expires), now: this.#now() }
    await this.#culling.makeRoom([row.id])
    const insert = async () => {
      const { rows, affected } = await this.#table.run(this.#queries.add(row), deadline)
      return rows.length > 0 || affected > 0
    }
    if (await insert()) return true
    if (this.name !== 'mysql') return false
    // One process deletes the expired entry in the way, perhaps another one inserts: only one does.
    const dropped = await this.#table.run(this.#queries.deleteExpired(row), deadline)
    return dropped.affected > 0 && insert()
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const { affected } = await this.#write(
      this.#queries.touch({ ...this.#at(key), expires: storable(expires) }),
    )
    return affected > 0
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    const query = this.#queries.incr({ ...this.#at(key), delta })
    const add = async (connection: SqlConnection) => {
      const { rows, affected } = outcomeOf(await connection.executeQuery(query))
      if (this.name !== 'mysql' || affected === 0) return rows[0]
      return (await connection.executeQuery(this.#queries.lastSum())).rows[0]
    }
    const sum = await this.#options.writer.on(add, this.#deadline())
    if (sum !== undefined) return integerIn(sum.value)
    if (!(await this.#isThere(key))) return undefined
    throw new ValueError('incr and decr need a stored whole number, and a sum of at most 2^53 - 1 either way')
  }

  override async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const byId = new Map(keys.map((key) => [idText(entryId(key).id), key]))
    const found = new Map<string, Entry>()
    for (const some of chunks([...byId.keys()], MAX_ROWS)) {
      const ids = some.map((id) => Buffer.from(id, 'latin1'))
      const { rows } = await this.#read(this.#queries.getMany(ids, this.#now()))
      for (const row of rows) {
        const key = byId.get(idText(bytesIn(row.entryid)))
        if (key !== undefined) found.set(key, entryOf(row))
      }
    }
    return found
  }

  override async setMany(
    entries: ReadonlyMap<string, StoredValue>,
    expires: number | null,
  ): Promise<string[]> {
    if (this.#isPast(expires)) await this.deleteMany([...entries.keys()])
    if (this.#options.maxEntries === 0) return [...entries.keys()]
    if (this.#isPast(expires) || entries.size === 0) return []
    const rows = Array.from(entries, ([key, value]) => ({ key, ...rowOf(key, value, expires) }))
    // A fixed order: two processes that lock the same rows don't deadlock.
    rows.sort((a, b) => Buffer.compare(a.id, b.id))
    const failed: string[] = []
    let failure: unknown
    const deadline = this.#deadline()
    for (const some of chunks(
      rows,
      Math.min(MAX_ROWS, this.#options.maxEntries),
      (row) => row.value.length,
    )) {
      try {
        await this.#culling.makeRoom(some.map(({ id }) => id))
        failed.push(...(await this.#setRows(some, deadline)))
      } catch (error) {
        failed.push(...some.map(({ key }) => key))
        failure = error
      }
    }
    if (failure !== undefined && failed.length === entries.size) throw failure
    return failed
  }

  /**
   * Stores rows in one statement, or in two halves if that is too large; returns the keys of values
   * that are too large.
   */
  async #setRows(rows: readonly KeyedRow[], deadline: number): Promise<string[]> {
    try {
      await this.#table.run(this.#queries.setMany(rows), deadline)
      return []
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error
      const keys = rows.map(({ key }) => key)
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2)
        const parts = [rows.slice(0, half), rows.slice(half)]
        return (await Promise.all(parts.map((part) => this.#setRows(part, deadline)))).flat()
      }
      await this.deleteMany(keys)
      return keys
    }
  }

  override async deleteMany(keys: readonly string[]): Promise<number> {
    let deleted = 0
    for (const some of chunks([...new Set(keys)], MAX_ROWS)) {
      const ids = some.map((key) => entryId(key).id).sort(Buffer.compare)
      deleted += (await this.#write(this.#queries.deleteMany(ids, this.#now()))).affected
    }
    return deleted
  }

  clear(prefix: string): Promise<void> {
    return this.#table.dropAll({ within: prefixRange(prefix) })
  }

  /** Checks the table on both connections; the entry that it deletes does not exist. */
  override async check(): Promise<void> {
    const { reader, writer } = this.#options
    const deadline = () => performance.now() + CHECK_MS
    await writer.run(this.#queries.probe(), deadline())
    await writer.run(this.#queries.deleteExpired({ id: CHECK_ID, now: 0 }), deadline())
    if (reader === writer) return
    await reader.run(this.#queries.probe(), deadline()).catch((error) => {
      throw new StoreError(`the reader: ${error.message}`, { cause: error })
    })
  }

  override async stats(): Promise<StoreStats> {
    const { rows } = await this.#read(this.#queries.count(MAX_COUNTED, { liveAt: this.#now() }))
    return { entries: integerIn(rows[0]?.entries) }
  }

  onEvict(listener: EvictListener): () => void {
    return this.#culling.onEvict(listener)
  }

  override async close(): Promise<void> {
    const { reader, writer } = this.#options
    await this.#culling.end()
    await writer.close()
    if (reader !== writer) await reader.close()
  }

  get #queries() {
    return this.#table.queries
  }

  #read<R>(query: CompiledQuery<R>): Promise<QueryOutcome<R>> {
    return this.#options.reader.run(query, this.#deadline())
  }

  #write<R>(query: CompiledQuery<R>): Promise<QueryOutcome<R>> {
    return this.#table.run(query, this.#deadline())
  }

  /** As `has`, on the connection that writes: a replica may be behind. */
  async #isThere(key: string): Promise<boolean> {
    const { rows } = await this.#write(this.#queries.has(this.#at(key)))
    return rows.length > 0
  }

  #at(key: string): { readonly id: Buffer; readonly now: number } {
    return { id: entryId(key).id, now: this.#now() }
  }

  #now(): number {
    return this.#options.now()
  }

  #deadline(): number {
    return performance.now() + this.#options.timeoutMs
  }

  #isPast(expires: number | null): boolean {
    return this.#options.maxEntries === 0 || (expires !== null && expires <= this.#now())
  }
}

function rowOf(key: string, value: StoredValue, expires: number | null): NewRow & EntryId {
  const bytes = bytesOf(value)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { ...entryId(key), value: buffer, expires: storable(expires) }
}

/** Rounds an expiry; one beyond the safe integers is never. */
function storable(expires: number | null): number | null {
  if (expires === null || expires > Number.MAX_SAFE_INTEGER) return null
  return Math.ceil(expires)
}

/** Converts bytes to a Map key. */
function idText(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')
}
