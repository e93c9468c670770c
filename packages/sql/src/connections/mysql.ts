import { Kysely, MysqlDialect, type MysqlPool, type MysqlPoolConnection } from 'kysely'
import { loadDriver } from './load-driver.js'
import type { OpenOptions } from './open-options.js'

/** The part of mysql2 that is used. */
interface MysqlModule {
  createPool(config: Readonly<Record<string, unknown>>): RawPool
}

type Callback = (error: unknown, result: unknown) => void

interface RawPool {
  getConnection(callback: (error: unknown, connection: RawConnection) => void): void
  end(callback: (error: unknown) => void): void
}

interface RawConnection {
  query(sql: string, parameters: readonly unknown[], callback: Callback): void
  release(): void
  destroy(): void
}

/** Parameters of a URL that are mysql2's. */
export const MYSQL_PARAMETERS = ['socketPath', 'ssl', 'charset', 'compress', 'connectTimeout']

/**
 * A pool of connections to a MySQL or MariaDB server.
 *
 * @throws SettingsError when mysql2 is not installed.
 */
export function openMysql({ url, path, poolSize, timeoutMs }: OpenOptions): Kysely<unknown> {
  const { createPool } = loadDriver('mysql2', 'mysql', path) as MysqlModule
  const pool = async () => {
    const raw = createPool({
      uri: url,
      connectionLimit: poolSize,
      connectTimeout: 5000,
      // Sums beyond 2^53 are none of ours, but must not be rounded to one that is.
      supportBigNumbers: true,
    })
    return new Connections(raw, timeoutMs) as MysqlPool
  }
  return new Kysely({ dialect: new MysqlDialect({ pool }) })
}

/** After so many milliseconds beyond what the caller waits, a connection that answers nothing is thrown away. */
const STUCK_MS = 5000

/** mysql2's pool, whose connections wait for locks and answers only so long. */
class Connections {
  readonly #pool: RawPool
  readonly #timeoutMs: number
  readonly #connections = new WeakMap<RawConnection, Connection>()

  constructor(pool: RawPool, timeoutMs: number) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
  }

  getConnection(callback: (error: unknown, connection: MysqlPoolConnection) => void): void {
    this.#pool.getConnection((error, raw) => {
      // Kysely asks for a stream only when it is told to: it needs no more than this.
      const answer = (failure: unknown, connection?: Connection) =>
        callback(failure, connection as unknown as MysqlPoolConnection)
      if (error) return answer(error)
      const known = this.#connections.get(raw)
      if (known !== undefined) return answer(null, known)
      const made = new Connection(raw, this.#timeoutMs + STUCK_MS)
      this.#connections.set(raw, made)
      made.query(lockTimeouts(this.#timeoutMs), [], (failure) => {
        if (failure) raw.destroy()
        answer(failure, made)
      })
    })
  }

  end(callback: (error: unknown) => void): void {
    this.#pool.end(callback)
  }
}

/**
 * The server gives up waiting for a lock about when the caller does: it must not write long after. Both are whole
 * seconds; rows have the first, tables the second.
 */
function lockTimeouts(timeoutMs: number): string {
  const seconds = Math.ceil(timeoutMs / 1000)
  return `set session innodb_lock_wait_timeout = ${seconds}, session lock_wait_timeout = ${seconds}`
}

class Connection {
  readonly #raw: RawConnection
  readonly #longest: number

  constructor(raw: RawConnection, longest: number) {
    this.#raw = raw
    this.#longest = longest
  }

  query(sql: string, parameters: readonly unknown[], callback: Callback): void {
    const timer = setTimeout(() => {
      this.#raw.destroy()
      callback(new Error(`the server did not answer within ${this.#longest} ms`), undefined)
    }, this.#longest)
    this.#raw.query(sql, parameters, (error, result) => {
      clearTimeout(timer)
      callback(error, result)
    })
  }

  release(): void {
    this.#raw.release()
  }
}
