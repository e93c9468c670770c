import { type RedisServer, startRedis, until } from './redis.js'
import { freePort, isPortTaken } from './server-process.js'

/** Three masters and a replica of each. */
export interface RedisCluster {
  readonly url: string
  readonly masters: readonly RedisServer[]
  readonly replicas: readonly RedisServer[]
  stop(): Promise<void>
}

const SLOTS = 16_384

/** How a Cluster is started. */
export interface ClusterSetup {
  /** Whether it fails over by itself, within some two seconds. @default false: on a slow machine too, each node stays */
  readonly failsOver?: boolean
  /** `redis-server`'s own arguments. */
  readonly args?: readonly string[]
}

/** Starts a Cluster. */
export async function startCluster({
  failsOver = false,
  args = [],
}: ClusterSetup = {}): Promise<RedisCluster> {
  // How long a node is silent before the others take it for dead, in milliseconds.
  const patience = ['--cluster-node-timeout', failsOver ? '1000' : '10000']
  const nodes = await startNodes(6, [...patience, ...args])
  const masters = nodes.slice(0, 3)
  const replicas = nodes.slice(3)
  try {
    await join(nodes.map(({ server, busPort }) => ({ server, busPort })))
    await Promise.all(masters.map(({ server }, i) => takeSlots(server, i, masters.length)))
    await Promise.all(replicas.map(({ server }, i) => follow(server, masters[i]?.server)))
    await Promise.all(nodes.map(({ server }) => until(() => isWhole(server))))
  } catch (error) {
    await Promise.all(nodes.map(({ server }) => server.stop()))
    throw error
  }
  const all = nodes.map(({ server }) => server)
  return {
    url: `redis+cluster://${all.map(({ port }) => `127.0.0.1:${port}`).join(';')}`,
    masters: all.slice(0, 3),
    replicas: all.slice(3),
    stop: async () => void (await Promise.all(all.map((server) => server.stop()))),
  }
}

interface Node {
  readonly server: RedisServer
  readonly busPort: number
}

/** All of them, or none. */
async function startNodes(count: number, args: readonly string[]): Promise<Node[]> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startNode(args)))
  const nodes = started.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  const failed = started.find((it) => it.status === 'rejected')
  if (failed === undefined) return nodes
  await Promise.all(nodes.map(({ server }) => server.stop()))
  throw failed.reason
}

async function startNode(args: readonly string[]): Promise<Node> {
  for (let attempt = 1; ; attempt++) {
    // The port of the nodes' own talk is 10,000 higher by default, which may be more than there are.
    const busPort = await freePort()
    const cluster = ['--cluster-enabled', 'yes']
    const own = [...cluster, '--cluster-port', String(busPort), '--cluster-replica-validity-factor', '0']
    try {
      return { server: await startRedis({ args: [...own, ...args] }), busPort }
    } catch (error) {
      if (attempt === 3 || !isPortTaken(error)) throw error
    }
  }
}

async function join([first, ...others]: readonly Node[]): Promise<void> {
  for (const { server, busPort } of others) {
    await first?.server.ask('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort))
  }
  const knowsAll = async ({ server }: Node) => {
    const info = String(await server.ask('CLUSTER', 'INFO'))
    return info.includes(`cluster_known_nodes:${others.length + 1}`)
  }
  await Promise.all([first, ...others].map((node) => until(() => node !== undefined && knowsAll(node))))
}

async function takeSlots(server: RedisServer, index: number, masters: number): Promise<void> {
  const start = Math.ceil((index * SLOTS) / masters)
  const end = Math.ceil(((index + 1) * SLOTS) / masters) - 1
  await server.ask('CLUSTER', 'ADDSLOTSRANGE', String(start), String(end))
}

async function follow(replica: RedisServer, master: RedisServer | undefined): Promise<void> {
  const id = String(await master?.ask('CLUSTER', 'MYID'))
  await until(async () => (await replica.ask('CLUSTER', 'REPLICATE', id)) === 'OK')
}

/** Every slot is served, every replica follows, and this node knows it. */
async function isWhole(server: RedisServer): Promise<boolean> {
  const [info, replication, nodes] = await server.with((client) =>
    Promise.all([client.cluster('INFO'), client.info('replication'), client.call('CLUSTER', 'NODES')]),
  )
  const follows = /role:master/.test(replication) || /master_link_status:up/.test(replication)
  return String(info).includes('cluster_state:ok') && follows && String(nodes).match(/slave /g)?.length === 3
}
