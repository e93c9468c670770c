/**
 * The process that holds the servers which the tests of a run share: starts each when it is first asked for by its
 * name, and answers where it is. When its input ends, however that came, it stops them and removes the run's folder.
 */
import { once } from 'node:events'
import { readdir, readlink, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startMariadb } from '../servers/mariadb.js'
import { packAll } from '../servers/packed.js'
import { startPostgres } from '../servers/postgres.js'

interface SharedServer {
  readonly address: object
  stop(): Promise<void>
}

const starts: Readonly<Record<string, () => Promise<SharedServer>>> = {
  postgres: startPostgres,
  mariadb: startMariadb,
  // Nothing runs: the folder goes with the run's.
  tarballs: async () => ({ address: await packAll(workspace), stop: async () => undefined }),
}

const started = new Map<string, Promise<SharedServer>>()

function start(name: string): Promise<SharedServer> {
  const before = started.get(name)
  if (before !== undefined) return before
  const make = starts[name]
  const server = make === undefined ? Promise.reject(new Error(`no server is called ${name}`)) : make()
  started.set(name, server)
  return server
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    const { address } = await start(String(req.url).slice(1))
    res.end(JSON.stringify(address))
  } catch (error) {
    res.writeHead(500).end(String(error))
  }
}

/** Ends processes that were started in the run's folder, as every server of a test is, and still stand there. */
async function endStragglers(folder: string): Promise<void> {
  // Where there is no /proc, a worker's servers end with it.
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  for (const [i, pid] of pids.entries()) {
    if (folders[i]?.startsWith(`${folder}/`)) process.kill(Number(pid), 'SIGKILL')
  }
}

async function end(folder: string): Promise<void> {
  const servers = await Promise.allSettled(started.values())
  await Promise.allSettled(servers.map((it) => (it.status === 'fulfilled' ? it.value.stop() : undefined)))
  await endStragglers(folder).catch((error: unknown) => console.error(String(error)))
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit()
}

const [, , folder = '', workspace = ''] = process.argv
const door = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1')
await once(door, 'listening')
process.stdin.resume().once('close', () => void end(folder))
console.log(`http://127.0.0.1:${(door.address() as AddressInfo).port}`)
