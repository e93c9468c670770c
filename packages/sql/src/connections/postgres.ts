import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import { errorField } from '../failures.js'
import { loadDriver } from './load-driver.js'
import type { OpenOptions } from './open-options.js'

/** The part of pg that is used. */
interface PgModule {
  readonly Pool: new (config: Readonly<Record<string, unknown>>) => PgPool
}

interface PgPool {
  connect(): Promise<PgClient>
  end(): Promise<void>
  on(event: 'error' | 'connect', listener: (subject: NodeJS.EventEmitter) => void): void
}

interface PgClient {
  query(text: string, values: readonly unknown[]): Promise<unknown>
  release(destroy: boolean): void
}

/** Parameters of a URL of pg and libpq. */
export const POSTGRES_PARAMETERS = [
  'host',
  'port',
  'user',
  'password',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslnegotiation',
  'uselibpqcompat',
  'application_name',
  'fallback_application_name',
  'options',
  'client_encoding',
]

/**
 * Opens a pool of connections to a PostgreSQL server.
 *
 * @throws SettingsError when pg is not installed
 */
export function openPostgres({ url, path, poolSize, timeoutMs }: OpenOptions): Kysely<unknown> {
  const { Pool } = loadDriver('pg', 'postgres', path) as PgModule
  const pool = async () => {
    const made = new Pool({
      connectionString: url,
      max: poolSize,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      // The server stops waiting for a lock about when the caller does: it must not write long
      // after.
      lock_timeout: Math.max(1000, timeoutMs),
      query_timeout: timeoutMs + STUCK_MS,
      application_name: 'sitecache',
    })
    const ignore = () => {}
    // The next query finds a broken connection. Without listeners it would end the process.
    made.on('error', ignore)
    made.on('connect', (client) => client.on('error', ignore))
    return new Connections(made)
  }
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}

/** Longest time to connect, in milliseconds, TLS and login included. */
const CONNECT_MS = 5000

/** Milliseconds beyond the caller's wait after which a silent connection is thrown away. */
const STUCK_MS = 5000

/** pg's pool; clients that can't be used any more don't return to it. */
class Connections implements PostgresPool {
  readonly #pool: PgPool
  readonly #clients = new WeakMap<PgClient, PostgresPoolClient>()

  constructor(pool: PgPool) {
    this.#pool = pool
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect()
    const known = this.#clients.get(client)
    if (known !== undefined) return known
    // Kysely passes cursors only when told to, so this part suffices.
    const made = new Client(client) as unknown as PostgresPoolClient
    this.#clients.set(client, made)
    return made
  }

  end(): Promise<void> {
    return this.#pool.end()
  }
}

class Client {
  readonly #client: PgClient
  #unusable = false

  constructor(client: PgClient) {
    this.#client = client
  }

  async query(text: string, values: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#client.query(text, values)
    } catch (error) {
      // After pg has given a query up, its client waits for that answer for ever, and sends nothing
      // more (brianc/node-postgres#3399). The server's own errors have a severity.
      this.#unusable ||= errorField(error, 'severity') === undefined
      throw error
    }
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#unusable)
  }
}
