import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { accountOf, folderOf } from './account.js'
import { freePort, startServer } from './server-process.js'

const run = promisify(execFile)

/** Where Debian keeps the versions that it has. */
const INSTALLED = '/usr/lib/postgresql'

/** Where a server is reached: its TCP port, and the folder of its Unix socket. */
export interface PostgresAddress {
  readonly port: number
  readonly folder: string
}

/** A database of a server where everyone on this machine is trusted. */
export interface PostgresDatabase {
  /** As the server's superuser; over TCP. */
  readonly url: string
  /** As `url`, over its Unix socket. */
  readonly socketUrl: string
  /** Runs a statement on a connection of its own. */
  query(sql: string): Promise<pg.QueryResult>
}

/** A PostgreSQL server with one empty database. */
export interface PostgresServer extends PostgresDatabase {
  readonly address: PostgresAddress
  /** Ends it as an operator would: every connection is cut. */
  shutDown(): Promise<void>
  /** Starts it again, on the same port, with what it stored. */
  startAgain(): Promise<void>
  stop(): Promise<void>
}

/** A database of a server that runs. */
export function postgresAt({ port, folder }: PostgresAddress, database = 'postgres'): PostgresDatabase {
  const url = `postgres://tester@127.0.0.1:${port}/${database}`
  return {
    url,
    socketUrl: `postgres://tester@localhost/${database}?host=${encodeURIComponent(folder)}&port=${port}`,
    query: (sql) => queryOnce(url, sql),
  }
}

/** Starts a PostgreSQL server. */
export async function startPostgres(): Promise<PostgresServer> {
  const account = await accountOf('postgres')
  const folder = await folderOf(account, 'postgres')
  const programs = await binFolder()
  const init = [
    '-D',
    join(folder, 'data'),
    '-U',
    'tester',
    '--auth=trust',
    '--no-sync',
    '-E',
    'UTF8',
    '--no-locale',
  ]
  await run(join(programs, 'initdb'), init, { ...account, cwd: folder })
  return serve(programs, { folder, port: await freePort() })
}

async function serve(programs: string, address: PostgresAddress): Promise<PostgresServer> {
  const { folder, port } = address
  const database = postgresAt(address)
  const options = ['-D', join(folder, 'data'), '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F']
  const account = await accountOf('postgres')
  const start = () =>
    startServer({
      command: join(programs, 'postgres'),
      args: [...options, '-c', 'max_connections=300'],
      apt: 'postgresql',
      folder,
      ...account,
      ready: async () => void (await database.query('select 1')),
    })
  let server = await start()
  const shutDown = async () => {
    if (isAlive(server.pid)) process.kill(server.pid, 'SIGINT')
    while (isAlive(server.pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    ...database,
    address,
    shutDown,
    async startAgain() {
      server = await start()
    },
    async stop() {
      await shutDown()
      await server.stop()
    },
  }
}

async function queryOnce(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  // One that is cut is told to whoever waits for its query.
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.query(sql)
  } finally {
    await client.end().catch(() => {})
  }
}

async function binFolder(): Promise<string> {
  const versions = await readdir(INSTALLED).catch(() => [])
  const [newest] = versions.map(Number).sort((a, b) => b - a)
  if (newest === undefined) throw new Error('PostgreSQL is not there: apt-get install postgresql')
  return join(INSTALLED, String(newest), 'bin')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
