import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { accountOf, folderOf } from './account.js'
import { freePort, type ServerProcess, startServer } from './server-process.js'

const run = promisify(execFile)

/** A MariaDB server with one empty database. */
export interface MariadbServer {
  /** Of the database, as root; over TCP. */
  readonly url: string
  /** As `url`, over its Unix socket. */
  readonly socketUrl: string
  readonly process: ServerProcess
  /** A connection, for what needs one: locks. */
  connect(): Promise<mysql.Connection>
  /** Runs a statement on a connection of its own; answers its rows. */
  query(sql: string): Promise<unknown>
  stop(): Promise<void>
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
  const port = await freePort()
  const socket = join(folder, 'socket')
  const connect = (database = 'cache') =>
    mysql.createConnection({ host: '127.0.0.1', port, user: 'root', database, multipleStatements: true })
  const query = async (sql: string, database?: string) => {
    const connection = await connect(database)
    // One that is cut is told to whoever waits for its query.
    connection.on('error', () => {})
    try {
      const [rows] = await connection.query(sql)
      return rows
    } finally {
      connection.destroy()
    }
  }
  const server = await startServer({
    command: existsSync('/usr/sbin/mariadbd') ? '/usr/sbin/mariadbd' : 'mariadbd',
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      // Tests throw everything away: nothing need outlive a power cut.
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=64M',
    ],
    apt: 'mariadb-server',
    folder,
    ...account,
    ready: async () => void (await query('create database if not exists cache', '')),
  })
  return {
    url: `mysql://root@127.0.0.1:${port}/cache`,
    socketUrl: `mysql://root@localhost/cache?socketPath=${encodeURIComponent(socket)}`,
    process: server,
    connect: () => connect(),
    query,
    stop: () => server.stop(),
  }
}
