import type { CompiledQuery } from 'kysely'
import type { DialectName } from './compiler.js'
import type { Database, QueryOutcome } from './database.js'
import { keyFromId } from './entry-id.js'
import { type Queries, queriesOf, type Row, type RowSelection } from './queries.js'
import { bytesIn, integerIn } from './rows.js'

/** Rows that one statement drops: more would hold their locks for long; in SQLite, they hold up this process. */
const BATCH: Readonly<Record<DialectName, number>> = { postgres: 1000, mysql: 1000, sqlite: 250 }

/** Milliseconds that dropping a batch may wait for its turn: nobody waits for that. */
const BATCH_MS = 30_000

/** A table of entries: its queries, on the connection that writes. */
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

  /** Entries, the expired included, to `limit` at most; those of `but` are not counted. */
  async count(limit: number, but: readonly Uint8Array[]): Promise<number> {
    const { rows } = await this.run(this.queries.count(limit, { but }), batchDeadline())
    return integerIn(rows[0]?.entries)
  }

  /** Drops such rows, batch by batch, until there are none. */
  async dropAll(selection: RowSelection): Promise<void> {
    for (;;) {
      const { affected } = await this.run(this.queries.drop(selection, this.#batch), batchDeadline())
      if (affected === 0) return
    }
  }

  /** Drops a batch of such rows, or fewer; answers their keys. */
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
    // Some may have been dropped by another process in between; which, it doesn't tell.
    return rows.slice(0, affected).map(keyIn)
  }
}

function batchDeadline(): number {
  return performance.now() + BATCH_MS
}

function keyIn({ entryid, fullkey }: Row): string {
  return keyFromId(bytesIn(entryid), fullkey === null ? null : bytesIn(fullkey))
}
