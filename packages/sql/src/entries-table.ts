import type { CompiledQuery } from 'kysely'
import type { DialectName } from './compiler.js'
import type { Database, QueryOutcome } from './database.js'
import { keyFromId } from './entry-id.js'
import { type Queries, queriesOf, type Row, type RowSelection } from './queries.js'
import { bytesIn, integerIn } from './rows.js'

/**
 * Rows per deleting statement: more would hold their locks for long, and in SQLite block this
 * process.
 */
const BATCH: Readonly<Record<DialectName, number>> = { postgres: 1000, mysql: 1000, sqlite: 250 }

/** Deadline of a batch in milliseconds; no caller waits for it. */
const BATCH_MS = 30_000

/** A table of entries and its queries, on the connection that writes. */
export class EntriesTable {
  readonly name: string
  readonly queries: Queries
  readonly #database: Database
  readonly #batch: number

  constructor(database: Database) {
    this.name = database.table
    this.queries = queriesOf(database.dialect, database.table)
    this.#database = database
    this.#batch = BATCH[database.dialect]
  }

  /** @param deadline on the clock of `performance.now()` */
  run<R>(query: CompiledQuery<R>, deadline: number): Promise<QueryOutcome<R>> {
    return this.#database.run(query, deadline)
  }

  /** Counts entries up to `limit`, the expired included, those of `but` excluded. */
  async count(limit: number, but: readonly Uint8Array[]): Promise<number> {
    const { rows } = await this.run(this.queries.count(limit, { but }), batchDeadline())
    return integerIn(rows[0]?.entries)
  }

  /** Deletes the selected rows, batch by batch, until there are none. */
  async dropAll(selection: RowSelection): Promise<void> {
    for (;;) {
      const { affected } = await this.run(this.queries.drop(selection, this.#batch), batchDeadline())
      if (affected === 0) return
    }
  }

  /** Deletes at most a batch of the selected rows; returns their keys. */
  async evict(selection: RowSelection, most: number): Promise<string[]> {
    const limit = Math.min(most, this.#batch)
    const query = this.queries.evict(selection, limit)
    if (query !== undefined) return (await this.run(query, batchDeadline())).rows.map(keyIn)
    const { rows } = await this.run(this.queries.pick(selection, limit), batchDeadline())
    if (rows.length === 0) return []
    const { affected } = await this.run(
      this.queries.dropPicked(rows.map((row) => bytesIn(row.entryid))),
      batchDeadline(),
    )
    // Another process may have deleted some in between; MySQL doesn't tell which.
    return rows.slice(0, affected).map(keyIn)
  }
}

function batchDeadline(): number {
  return performance.now() + BATCH_MS
}

function keyIn({ entryid, fullkey }: Row): string {
  return keyFromId(bytesIn(entryid), fullkey === null ? null : bytesIn(fullkey))
}
