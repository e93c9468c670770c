import { setTimeout as wait } from 'node:timers/promises'
import { StoreError } from '@sitecache/core/store'
import type { CompiledQuery, QueryResult } from 'kysely'
import type { DialectName } from './compiler.js'
import { failureOf, storeError } from './failures.js'
import type { KyselyInstance, SqlConnection } from './kysely-instance.js'

/** Runs a store's queries: on one connection, within a deadline, with retries. */
export class Database {
  readonly dialect: DialectName
  readonly table: string
  readonly #kysely: KyselyInstance
  readonly #ours: boolean

  /** @param ours true when it is closed with the store */
  constructor(kysely: KyselyInstance, dialect: DialectName, table: string, ours: boolean) {
    this.dialect = dialect
    this.table = table
    this.#kysely = kysely
    this.#ours = ours
  }

  /** Runs one query, as `on` does; rejects with an error for the operator. */
  async run<R>(query: CompiledQuery<R>, deadline: number): Promise<QueryOutcome<R>> {
    return outcomeOf(await this.on((connection) => connection.executeQuery(query), deadline))
  }

  /**
   * Runs queries on one connection. Work that waited for the connection, or for a lock, beyond its
   * deadline is not begun: a late write may undo a newer one.
   *
   * @param deadline on the clock of `performance.now()`
   */
  async on<T>(work: (connection: SqlConnection) => Promise<T>, deadline: number): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#kysely.connection().execute((connection) => {
          if (performance.now() <= deadline) return work(connection)
          throw new StoreError(
            'no connection to the database was free in time: see what keeps them, or raise poolSize',
          )
        })
      } catch (error) {
        const delay = delayBefore(error, attempt)
        if (delay === undefined || performance.now() + delay > deadline) throw storeError(error, this.table)
        await wait(delay)
      }
    }
  }

  async close(): Promise<void> {
    if (this.#ours) await this.#kysely.destroy()
  }
}

/** Attempts after a deadlock, which the database breaks. */
const MAX_CONFLICTS = 3

/**
 * Returns the milliseconds before the next attempt. SQLite itself would wait for a lock by blocking
 * the whole process.
 *
 * @returns undefined: no further attempt
 */
function delayBefore(error: unknown, attempt: number): number | undefined {
  const failure = failureOf(error)
  if (failure === 'conflict') return attempt < MAX_CONFLICTS ? Math.random() * 10 * attempt : undefined
  return failure === 'busy' ? Math.random() * Math.min(25, 2 ** attempt) : undefined
}

/** Rows and effects of a query. */
export interface QueryOutcome<R> {
  readonly rows: readonly R[]
  /** Number of rows stored, changed or deleted. */
  readonly affected: number
}

/** Converts a driver's result. */
export function outcomeOf<R>({ rows, numAffectedRows }: QueryResult<R>): QueryOutcome<R> {
  return { rows, affected: Number(numAffectedRows ?? 0n) }
}
