import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** Milliseconds within which a server has to answer. */
const PATIENCE = 20_000

/** One server of the Cluster: a process of its own, on a free port of this machine, with a folder that is thrown away. */
export class RedisNode {
  readonly port: number
  /** On which the servers talk to each other. */
  readonly busPort: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(port: number, busPort: number, folder: string) {
    this.port = port
    this.busPort = busPort
    this.#folder = folder
    this.#process = spawn('redis-server', argumentsOf(port, busPort), { cwd: folder, stdio: 'ignore' })
    // Whatever ends this process must not leave its servers behind.
    const kill = () => this.#process.kill('SIGKILL')
    process.once('exit', kill)
    this.#process.once('exit', () => process.off('exit', kill))
  }

  /** @throws Error that says what to install, or that it does not answer */
  static async start(): Promise<RedisNode> {
    const [port, busPort] = await freePorts()
    const node = new RedisNode(port, busPort, await mkdtemp(join(tmpdir(), 'sitecache-cluster-')))
    try {
      await node.#ready()
      return node
    } catch (error) {
      await node.stop()
      throw error
    }
  }

  /** Asks it one command. */
  async ask(...[name = '', ...args]: readonly string[]): Promise<string> {
    const client = new Redis(this.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    try {
      await client.connect()
      return String(await client.call(name, ...args))
    } finally {
      client.disconnect()
    }
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.#process.pid === undefined || this.#ended) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }

  async stop(): Promise<void> {
    // There is nothing to save.
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  async #ready(): Promise<void> {
    let failure: Error | undefined
    this.#process.once('error', (error) => {
      failure = error
    })
    const answers = async () => {
      if (failure !== undefined)
        throw new Error(`redis-server can not be started: apt-get install redis-server`, { cause: failure })
      if (this.#ended) throw new Error('redis-server ended before it answered')
      return (await this.ask('PING').catch(() => '')) === 'PONG'
    }
    await until(answers)
  }
}

function argumentsOf(port: number, busPort: number): string[] {
  const listen = ['--port', String(port), '--cluster-port', String(busPort), '--bind', '127.0.0.1']
  const quiet = ['--save', '', '--appendonly', 'no']
  // A master that has not answered for a second is replaced by its replica.
  return [...listen, ...quiet, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000']
}

/** Two ports of the loopback interface that nothing listens on. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return [ports[0] ?? 0, ports[1] ?? 0]
}

/** Waits until something holds. @throws Error when it takes too long */
export async function until(holds: () => Promise<boolean> | boolean, milliseconds = PATIENCE): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not come true within ${milliseconds} ms: ${holds}`)
    await sleep(50)
  }
}
