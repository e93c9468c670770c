import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { freePort, type ServerProcess, startServer, temporaryFolder } from './server-process.js'

/** How a memcached is started. */
export interface MemcachedOptions {
  /** On a Unix socket instead of a port. */
  readonly socket?: boolean
  /** Kept from an earlier start. @default a free one */
  readonly port?: number
  /** Lets in only who says this, by SASL. */
  readonly sasl?: { readonly username: string; readonly password: string }
  readonly args?: readonly string[]
}

/** A memcached, and how it is reached. */
export interface Memcached extends ServerProcess {
  /** `host:port`, or the path of its socket. */
  readonly server: string
  readonly port: number
}

/** Starts a memcached with a folder of its own. */
export async function startMemcached(options: MemcachedOptions = {}): Promise<Memcached> {
  const folder = await temporaryFolder('memcached')
  const port = options.port ?? (await freePort())
  const socket = join(folder, 'socket')
  const sasl = options.sasl && (await startPasswords(join(folder, 'sasl'), options.sasl))
  const where = options.socket ? ['-s', socket, '-a', '700'] : ['-l', '127.0.0.1', '-p', String(port)]
  const identity = process.geteuid?.() === 0 ? ['-u', 'root'] : []
  const target = options.socket ? { path: socket } : { host: '127.0.0.1', port }
  const server = await startServer({
    command: 'memcached',
    args: [...where, ...identity, '-U', '0', '-t', '2', ...(sasl?.args ?? []), ...(options.args ?? [])],
    apt: 'memcached',
    folder,
    ...(sasl && { env: sasl.env }),
    ready: () => accepts(target),
  })
  return {
    ...server,
    server: options.socket ? socket : `127.0.0.1:${port}`,
    port,
    stop: async () => {
      sasl?.stop()
      // It takes a second to end by itself, and has nothing to lose.
      await server.kill()
      await server.stop()
    },
  }
}

async function accepts(target: { path: string } | { host: string; port: number }): Promise<void> {
  const socket = connect(target)
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

/**
 * Memcached leaves the passwords of SASL to a daemon, saslauthd, on a Unix socket: this is one for one user. It is told
 * four texts, each behind its length, and answers one.
 */
async function startPasswords(folder: string, known: { username: string; password: string }) {
  await mkdir(folder, { mode: 0o755 })
  const mux = join(folder, 'mux')
  await writeFile(
    join(folder, 'memcached.conf'),
    `mech_list: plain\npwcheck_method: saslauthd\nsaslauthd_path: ${mux}\n`,
  )
  const daemon = createServer((socket) => {
    let told = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      told = Buffer.concat([told, chunk])
      const [username, password, , realm] = texts(told)
      if (realm === undefined) return
      const answer = Buffer.from(username === known.username && password === known.password ? 'OK' : 'NO')
      socket.end(Buffer.concat([Buffer.from([0, answer.length]), answer]))
    })
  })
  daemon.listen(mux)
  await once(daemon, 'listening')
  await chmod(mux, 0o777)
  return { args: ['-S'], env: { SASL_CONF_PATH: folder }, stop: () => void daemon.close() }
}

function texts(told: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + 2 <= told.length; ) {
    const end = at + 2 + told.readUInt16BE(at)
    if (end > told.length) break
    found.push(told.toString('utf8', at + 2, end))
    at = end
  }
  return found
}
