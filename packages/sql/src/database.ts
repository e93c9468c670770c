import { setTimeout as wait } from 'node:timers/promises'
import { StoreError } from '@sitecache/core'
import type { CompiledQuery, QueryResult } from 'kysely'
import type { DialectName } from './compiler.js'
import { failureOf, storeError } from './failures.js'
import type { KyselyInstance, SqlConnection } from './kysely-instance.js'

/** What runs a store's queries: on one connection, in time, and again where the database asks for it. */
export class Database {
  readonly dialect: DialectName
  readonly table: string
  readonly #kysely: KyselyInstance
  readonly #ours: boolean

  /** @param ours whether it is to be closed with the store */
  constructor(kysely: KyselyInstance, dialect: DialectName, table: string, ours: boolean) {
    this.dialect = dialect
    this.table = table
    this.#kysely = kysely
    this.#ours = ours
  }

  /** Runs one query, as `on` does. Rejects with an error for the operator. */
  async run<R>(query: CompiledQuery<R>, deadline: number): Promise<QueryOutcome<R>> {
    return outcomeOf(await this.on((connection) => connection.executeQuery(query), deadline))
  }

  /**
   * Runs queries on one connection. What had to wait for it, or for another's lock, longer than its caller does is not
   * begun any more: a write that comes late may undo a newer one.
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

/** Deadlocks are few, and broken by the database: three attempts. */
const MAX_CONFLICTS = 3

/**
 * Milliseconds after which to try again; undefined: never. SQLite is not left to wait for a lock by itself: that would
 * hold up the whole process.
 */
function delayBefore(error: unknown, attempt: number): number | undefined {
  const failure = failureOf(error)
  if (failure === 'conflict') return attempt < MAX_CONFLICTS ? Math.random() * 10 * attempt : undefined
  return failure === 'busy' ? Math.random() * Math.min(25, 2 ** attempt) : undefined
}

/** What a query answered, or did. */
export interface QueryOutcome<R> {
  readonly rows: readonly R[]
  /** Rows that it stored, changed or dropped. */
  readonly affected: number
}

/** What a driver answered to a query. */
export function outcomeOf<R>({ rows, numAffectedRows }: QueryResult<R>): QueryOutcome<R> {
  return { rows, affected: Number(numAffectedRows ?? 0n) }
}
