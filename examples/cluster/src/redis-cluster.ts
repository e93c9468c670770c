import { RedisNode, until } from './redis-node.js'

const SLOTS = 16_384
const MASTERS = 3

/** Three masters and a replica of each. */
export class RedisCluster {
  readonly masters: readonly RedisNode[]
  readonly replicas: readonly RedisNode[]

  private constructor(nodes: readonly RedisNode[]) {
    this.masters = nodes.slice(0, MASTERS)
    this.replicas = nodes.slice(MASTERS)
  }

  /** Starts the servers and makes them one Cluster. */
  static async start(): Promise<RedisCluster> {
    const started = await Promise.allSettled(Array.from({ length: MASTERS * 2 }, () => RedisNode.start()))
    const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const cluster = new RedisCluster(nodes)
    try {
      for (const result of started) if (result.status === 'rejected') throw result.reason
      await cluster.#form()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  /** As `redisStore` and `redisBus` take it. */
  get url(): string {
    return `redis+cluster://${this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(';')}`
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()))
  }

  get #nodes(): readonly RedisNode[] {
    return [...this.masters, ...this.replicas]
  }

  async #form(): Promise<void> {
    const [first, ...others] = this.#nodes
    if (first === undefined) return
    for (const { port, busPort } of others)
      await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort))
    await Promise.all(this.#nodes.map((node) => until(() => says(node, /cluster_known_nodes:6/))))
    await Promise.all(this.masters.map(takeSlots))
    await Promise.all(this.replicas.map((replica, i) => follow(replica, this.masters[i])))
    await Promise.all(this.#nodes.map((node) => until(() => says(node, /cluster_state:ok/))))
    await Promise.all(this.replicas.map((replica) => until(() => isInStep(replica))))
  }
}

async function says(node: RedisNode, what: RegExp): Promise<boolean> {
  return what.test(await node.ask('CLUSTER', 'INFO'))
}

async function takeSlots(master: RedisNode, index: number): Promise<void> {
  const from = Math.ceil((index * SLOTS) / MASTERS)
  const to = Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1
  await master.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
}

/** A server can follow only whom it has heard of. */
async function follow(replica: RedisNode, master: RedisNode | undefined): Promise<void> {
  const id = await master?.ask('CLUSTER', 'MYID')
  await until(async () => (await replica.ask('CLUSTER', 'REPLICATE', String(id)).catch(() => '')) === 'OK')
}

async function isInStep(replica: RedisNode): Promise<boolean> {
  return /master_link_status:up/.test(await replica.ask('INFO', 'replication'))
}
