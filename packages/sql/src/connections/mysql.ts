import { TooLargeError } from '@sitecache/core/store'
import { Kysely, MysqlDialect, type MysqlPool, type MysqlPoolConnection } from 'kysely'
import { errorField } from '../failures.js'
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

/** mysql2's parameters of a URL. */
export const MYSQL_PARAMETERS = ['socketPath', 'ssl', 'charset', 'compress', 'connectTimeout']

/**
 * Opens a pool of connections to a MySQL or MariaDB server.
 *
 * @throws SettingsError when mysql2 is not installed
 */
export function openMysql({ url, path, poolSize, timeoutMs }: OpenOptions): Kysely<unknown> {
  const { createPool } = loadDriver('mysql2', 'mysql', path) as MysqlModule
  const pool = async () => {
    const raw = createPool({
      uri: url,
      connectionLimit: poolSize,
      connectTimeout: 5000,
      // Sums beyond 2^53 are refused, but must not be rounded to a smaller one.
      supportBigNumbers: true,
    })
    return new Connections(raw, timeoutMs) as MysqlPool
  }
  return new Kysely({ dialect: new MysqlDialect({ pool }) })
}

/** Milliseconds beyond the caller's wait after which a silent connection is thrown away. */
const STUCK_MS = 5000

/** mysql2's pool; its connections wait for locks and replies only for a time. */
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
      // Kysely asks for streams only when told to, so this part suffices.
      const answer = (failure: unknown, connection?: Connection) =>
        callback(failure, connection as unknown as MysqlPoolConnection)
      if (error) return answer(error)
      const known = this.#connections.get(raw)
      if (known !== undefined) return answer(null, known)
      const made = new Connection(raw, this.#timeoutMs + STUCK_MS)
      this.#connections.set(raw, made)
      made.prepare(lockTimeouts(this.#timeoutMs), (failure) => {
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
 * Makes the server stop waiting for locks about when the caller does: it must not write long after.
 * In whole seconds; the first is for rows, the second for tables.
 */
function lockTimeouts(timeoutMs: number): string {
  const seconds = Math.ceil(timeoutMs / 1000)
  return `set session innodb_lock_wait_timeout = ${seconds}, session lock_wait_timeout = ${seconds}`
}

class Connection {
  readonly #raw: RawConnection
  readonly #longest: number
  /** The server's max_allowed_packet, in bytes. */
  #maxBytes = Number.POSITIVE_INFINITY

  constructor(raw: RawConnection, longest: number) {
    this.#raw = raw
    this.#longest = longest
  }

  /** Sets the session up, and reads the server's limit of a statement. */
  prepare(sql: string, callback: (error: unknown) => void): void {
    this.query(sql, [], (error) => {
      if (error) return callback(error)
      this.query('select @@max_allowed_packet as bytes', [], (failure, rows) => {
        this.#maxBytes = limitIn(rows) ?? this.#maxBytes
        callback(failure)
      })
    })
  }

  query(sql: string, parameters: readonly unknown[], callback: Callback): void {
    const size = sizeOf(sql, parameters)
    if (size > this.#maxBytes) {
      callback(tooLarge(size, this.#maxBytes), undefined)
      return
    }
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

/** Returns the bytes that mysql2 sends: it writes bytes in hexadecimal. */
function sizeOf(sql: string, parameters: readonly unknown[]): number {
  const sizes = parameters.map((value) => (Buffer.isBuffer(value) ? value.length * 2 + 3 : 24))
  return sizes.reduce((sum, size) => sum + size, sql.length)
}

function limitIn(rows: unknown): number | undefined {
  const bytes = Number(Array.isArray(rows) ? errorField(rows[0], 'bytes') : undefined)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Makes the error for a statement that the server would answer by closing the connection. */
function tooLarge(size: number, most: number): TooLargeError {
  return new TooLargeError(`a statement of ${size} bytes; the server's max_allowed_packet is ${most}`)
}
