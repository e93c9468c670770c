import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installed, loadCore } from '../harness/pin.mjs'
import { freePort, startForeign } from './process-tree.mjs'

const run = promisify(execFile)

/** Where Debian keeps the versions of PostgreSQL that it has. */
const POSTGRES = '/usr/lib/postgresql'

/**
 * What a contestant's store needs.
 *
 * @typedef {{ url: string, stop(): Promise<void> }} StoreServer `url` as `createCaches` takes it
 * @typedef {'redis' | 'memcached' | 'postgres' | 'sqlite' | 'file'} StoreKind
 * @type {Record<StoreKind, (directory: string) => Promise<StoreServer>>}
 */
const kinds = {
  redis: startRedis,
  memcached: startMemcached,
  postgres: startPostgres,
  sqlite: async (directory) => ({ url: `sqlite://${join(directory, 'pages.db')}`, stop: async () => {} }),
  file: async (directory) => ({ url: `file://${join(directory, 'pages')}`, stop: async () => {} }),
}

/** Servers that keep pages: each is started when a row first needs it, with throw-away data, and serves all rows. */
export class StoreServers {
  /** @type {Map<StoreKind, Promise<StoreServer>>} */
  #started = new Map()

  /**
   * @param {StoreKind} kind
   * @returns {Promise<string>} the URL of the store
   * @throws {Error} that says what to install
   */
  async url(kind) {
    const started = this.#started.get(kind) ?? startIn(kinds[kind])
    this.#started.set(kind, started)
    return (await started).url
  }

  async stop() {
    const settled = await Promise.allSettled(this.#started.values())
    this.#started.clear()
    await Promise.all(settled.map(({ value }) => value?.stop()))
  }
}

/** @param {(directory: string) => Promise<StoreServer>} start @returns {Promise<StoreServer>} */
async function startIn(start) {
  const directory = await mkdtemp(join(tmpdir(), 'sitecache-bench-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const { url, stop } = await start(directory)
    return { url, stop: () => stop().then(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

/** @param {string} directory */
async function startRedis(directory) {
  need('redis-server', '--version', 'redis-server')
  const port = await freePort()
  const quiet = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1']
  const server = await startForeign('redis-server', ['--port', String(port), ...quiet], port, {
    core: loadCore,
    cwd: directory,
  })
  return { url: `redis://127.0.0.1:${port}`, stop: server.stop }
}

async function startMemcached() {
  need('memcached', '-V', 'memcached')
  const port = await freePort()
  // It refuses to run as root.
  const user = isRoot() ? ['-u', 'nobody'] : []
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '256', '-t', '1', ...user]
  const server = await startForeign('memcached', args, port, { core: loadCore })
  return { url: `memcached://127.0.0.1:${port}`, stop: server.stop }
}

/** @param {string} directory */
async function startPostgres(directory) {
  const [newest] = (await readdir(POSTGRES).catch(() => [])).map(Number).sort((a, b) => b - a)
  if (newest === undefined) throw new Error('PostgreSQL is not there: apt-get install postgresql')
  const program = (name) => join(POSTGRES, String(newest), 'bin', name)
  const account = await accountOf('postgres')
  if (account.uid !== undefined) await chown(directory, account.uid, account.gid)
  const data = join(directory, 'data')
  const init = ['-D', data, '-U', 'bench', '--auth=trust', '--no-sync', '-E', 'UTF8', '--no-locale']
  await run(program('initdb'), init, account)
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-k', directory, '-h', '127.0.0.1', '-F']
  const server = await startForeign(program('postgres'), args, port, {
    core: loadCore,
    cwd: directory,
    // Cuts the connections that a contestant left, and ends at once.
    signal: 'SIGINT',
    ...account,
  })
  return { url: `postgres://bench@127.0.0.1:${port}/postgres`, stop: server.stop }
}

/** @param {string} command @param {string} flag @param {string} apt */
function need(command, flag, apt) {
  if (!installed(command, flag)) throw new Error(`${command} is not there: apt-get install ${apt}`)
}

const isRoot = () => process.getuid?.() === 0

/** PostgreSQL refuses to run as root. @param {string} user @returns {Promise<{ uid?: number, gid?: number }>} */
async function accountOf(user) {
  if (!isRoot()) return {}
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  const [, , uid, gid] = lines.map((line) => line.split(':')).find(([name]) => name === user) ?? []
  return { uid: Number(uid), gid: Number(gid) }
}
