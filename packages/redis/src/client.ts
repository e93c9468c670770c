import type { Cluster, Redis } from 'ioredis'

/** An ioredis client, of one server or of a Cluster. */
export type RedisClient = Redis | Cluster

/** Tells an ioredis client, of whatever copy or version an application has. */
export function isClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false
  return ['getBuffer', 'mgetBuffer', 'evalsha', 'duplicate', 'disconnect'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}

export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

/** Returns the servers that hold the keys, for commands that must go to each. */
export function mastersOf(client: RedisClient): Redis[] {
  return isCluster(client) ? client.nodes('master') : [client]
}
