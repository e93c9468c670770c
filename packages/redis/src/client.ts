import type { Cluster, Redis } from 'ioredis'

/** What commands are sent by: ioredis, for one server or for a Cluster. */
export type RedisClient = Redis | Cluster

/** Whether a value is a client of ioredis, of whatever copy or version of it an application has. */
export function isClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false
  return ['getBuffer', 'mgetBuffer', 'evalsha', 'duplicate', 'disconnect'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}

export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

/** The servers that hold the keys, each once: what has to be asked of all. */
export function mastersOf(client: RedisClient): Redis[] {
  return isCluster(client) ? client.nodes('master') : [client]
}
