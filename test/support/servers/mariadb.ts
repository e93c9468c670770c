import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { accountOf, folderOf } from './account.js'
import { freePort, type ServerProcess, startServer } from './server-process.js'

const run = promisify(execFile)

/** Where a server is reached: its TCP port, and the path of its Unix socket. */
export interface MariadbAddress {
  readonly port: number
  readonly socket: string
}

/** A database of a server. */
export interface MariadbDatabase {
  /** As root; over TCP. */
  readonly url: string
  /** As `url`, over its Unix socket. */
  readonly socketUrl: string
  /** A connection, for what needs one: locks. */
  connect(): Promise<mysql.Connection>
  /** Runs a statement on a connection of its own; answers its rows. */
  query(sql: string): Promise<unknown>
}

/** A MariaDB server with one empty database. */
export interface MariadbServer extends MariadbDatabase {
  readonly address: MariadbAddress
  readonly process: ServerProcess
  stop(): Promise<void>
}

/** A database of a server that runs; an empty name is none of them. */
export function mariadbAt({ port, socket }: MariadbAddress, database = 'cache'): MariadbDatabase {
  const connect = () =>
    mysql.createConnection({ host: '127.0.0.1', port, user: 'root', database, multipleStatements: true })
  return {
    url: `mysql://root@127.0.0.1:${port}/${database}`,
    socketUrl: `mysql://root@localhost/${database}?socketPath=${encodeURIComponent(socket)}`,
    connect,
    async query(sql) {
      const connection = await connect()
      // One that is cut is told to whoever waits for its query.
      connection.on('error', () => {})
      try {
        const [rows] = await connection.query(sql)
        return rows
      } finally {
        connection.destroy()
      }
    },
  }
}

/** Starts a MariaDB server. */
export async function startMariadb(): Promise<MariadbServer> {
  const account = await accountOf('mysql')
  const folder = await folderOf(account, 'mariadb')
  const data = join(folder, 'data')
  const init = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]
  await run('mariadb-install-db', init, { ...account, cwd: folder })
  const address = { port: await freePort(), socket: join(folder, 'socket') }
  const server = await startServer({
    command: existsSync('/usr/sbin/mariadbd') ? '/usr/sbin/mariadbd' : 'mariadbd',
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${address.socket}`,
      `--port=${address.port}`,
      '--bind-address=127.0.0.1',
      // Tests throw everything away: nothing need outlive a power cut.
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=64M',
      '--max-connections=300',
      // Counts rows that were read, by table and by index.
      '--userstat=ON',
    ],
    apt: 'mariadb-server',
    folder,
    ...account,
    ready: async () => void (await mariadbAt(address, '').query('create database if not exists cache')),
  })
  return { ...mariadbAt(address), address, process: server, stop: () => server.stop() }
}
