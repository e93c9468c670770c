import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis, type RedisOptions } from 'ioredis'
import { freePort, isPortTaken, type ServerProcess, startServer, temporaryFolder } from './server-process.js'

/** How a Redis server is started. */
export interface RedisSetup {
  readonly password?: string
  /** PEM: it then speaks TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** `redis-server`'s own arguments. */
  readonly args?: readonly string[]
  /** redis-sentinel takes a configuration, which it changes. */
  readonly command?: 'redis-server' | 'redis-sentinel'
  readonly config?: string
}

/** Starts a Redis server that keeps nothing on disk. */
export async function startRedis(setup: RedisSetup = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new RedisServer(await freePort(), await temporaryFolder('redis'), setup)
    try {
      await server.start()
      return server
    } catch (error) {
      await server.stop()
      if (attempt === 3 || !isPortTaken(error)) throw error
    }
  }
}

/** A Redis server of a test. */
export class RedisServer {
  readonly port: number
  readonly folder: string
  readonly #setup: RedisSetup
  #process: ServerProcess | undefined

  constructor(port: number, folder: string, setup: RedisSetup) {
    this.port = port
    this.folder = folder
    this.#setup = setup
  }

  get url(): string {
    const { password, tls } = this.#setup
    const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
    return `${tls === undefined ? 'redis' : 'rediss'}://${login}127.0.0.1:${this.port}`
  }

  /** Starts it; again after `kill`, on the same port and folder. */
  async start(ready: () => Promise<unknown> = () => this.ask('PING')): Promise<void> {
    const { command = 'redis-server' } = this.#setup
    this.#process = await startServer({
      command,
      args: await this.#arguments(),
      apt: command,
      folder: this.folder,
      ready: async () => void (await ready()),
    })
  }

  /** Asks it one command on a connection of its own. */
  async ask(...[name = '', ...args]: readonly string[]): Promise<unknown> {
    return this.with((client) => client.call(name, ...args))
  }

  /** Runs something on a connection of its own. */
  async with<T>(run: (client: Redis) => Promise<T>, { socketTimeout = 3000 } = {}): Promise<T> {
    const client = new Redis({ ...this.options, lazyConnect: true, socketTimeout })
    client.on('error', () => {})
    try {
      await client.connect()
      return await run(client)
    } finally {
      client.disconnect()
    }
  }

  /** For a client that asks this server and gives up at once. */
  get options(): Omit<RedisOptions, 'replyMapping'> {
    const { password, tls } = this.#setup
    return {
      host: '127.0.0.1',
      port: this.port,
      retryStrategy: () => null,
      // Another server may have taken the port, and wait for what it understands.
      connectTimeout: 2000,
      socketTimeout: 3000,
      // After a refused attempt ioredis waits in vain for a connection to close.
      disconnectTimeout: 50,
      enableReadyCheck: false,
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls: { ca: tls.cert } }),
    }
  }

  pause(): void {
    this.#process?.pause()
  }

  resume(): void {
    this.#process?.resume()
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  async #arguments(): Promise<string[]> {
    const { password, tls, args = [], config } = this.#setup
    if (config !== undefined) {
      const file = join(this.folder, 'sentinel.conf')
      await writeFile(file, config)
      return [file, '--port', String(this.port)]
    }
    const listen = tls === undefined ? ['--port', String(this.port)] : await this.#tlsArguments(tls)
    const auth = password === undefined ? [] : ['--requirepass', password, '--masterauth', password]
    const quiet = [
      '--save',
      '',
      '--appendonly',
      'no',
      '--bind',
      '127.0.0.1',
      '--repl-diskless-sync-delay',
      '0',
    ]
    return [...listen, ...quiet, ...auth, ...args]
  }

  async #tlsArguments({ cert, key }: { cert: string; key: string }): Promise<string[]> {
    const files = { cert: join(this.folder, 'cert.pem'), key: join(this.folder, 'key.pem') }
    await writeFile(files.cert, cert)
    await writeFile(files.key, key)
    const paths = [
      '--tls-cert-file',
      files.cert,
      '--tls-key-file',
      files.key,
      '--tls-ca-cert-file',
      files.cert,
    ]
    return ['--port', '0', '--tls-port', String(this.port), '--tls-auth-clients', 'no', ...paths]
  }
}

/** A leader and its replicas, all in step. */
export async function startReplication(
  replicas = 1,
  setup: RedisSetup = {},
): Promise<{ leader: RedisServer; replicas: RedisServer[] }> {
  const leader = await startRedis(setup)
  const follow = ['--replicaof', `127.0.0.1 ${leader.port}`, ...(setup.args ?? [])]
  const others = await Promise.all(
    Array.from({ length: replicas }, () => startRedis({ ...setup, args: follow })),
  )
  await Promise.all(others.map(inStep))
  return { leader, replicas: others }
}

async function inStep(replica: RedisServer): Promise<void> {
  await until(async () => /master_link_status:up/.test(String(await replica.ask('INFO', 'replication'))))
}

/** Waits until every replica has what the leader was told before. */
export async function catchUp(leader: RedisServer, replicas: number): Promise<void> {
  const longest = 20_000
  await leader.with(
    async (client) => {
      // WAIT counts from what this connection wrote last.
      await client.set('catch-up', '1')
      const caughtUp = await client.wait(replicas, longest)
      if (caughtUp !== replicas) throw new Error(`${caughtUp} of ${replicas} replicas have caught up`)
      await client.unlink('catch-up')
    },
    { socketTimeout: 2 * longest },
  )
}

/** Waits until something holds; what throws does not hold yet. */
export async function until(holds: () => Promise<boolean> | boolean, milliseconds = 20_000): Promise<void> {
  const deadline = Date.now() + milliseconds
  let last: unknown
  for (;;) {
    try {
      if (await holds()) return
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${holds}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
