import { type RedisServer, startRedis, startReplication, until } from './redis.js'

/** Three sentinels that watch a leader and its replicas. */
export interface SentinelSet {
  /** What a store is given; the leader is called main. */
  readonly url: string
  /** As they are at the start. */
  readonly leader: RedisServer
  readonly replicas: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  stop(): Promise<void>
}

/** Starts a set that fails over within some two seconds. */
export async function startSentinelSet(replicas = 1): Promise<SentinelSet> {
  const servers = await startReplication(replicas)
  const config = [
    `sentinel monitor main 127.0.0.1 ${servers.leader.port} 2`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
    'bind 127.0.0.1',
  ]
  const start = () => startRedis({ command: 'redis-sentinel', config: `${config.join('\n')}\n` })
  const sentinels = await Promise.all([start(), start(), start()])
  await Promise.all(sentinels.map((sentinel) => until(() => knowsAll(sentinel, replicas))))
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(';')}/main`,
    ...servers,
    sentinels,
    stop: async () =>
      void (await Promise.all(
        [...sentinels, servers.leader, ...servers.replicas].map((server) => server.stop()),
      )),
  }
}

/** A failover takes sentinels that know each other and a replica. */
async function knowsAll(sentinel: RedisServer, replicas: number): Promise<boolean> {
  const master = String(await sentinel.ask('SENTINEL', 'MASTER', 'main'))
  return master.includes(',num-other-sentinels,2,') && master.includes(`,num-slaves,${replicas},`)
}
