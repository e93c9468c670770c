import type { Cluster, Redis } from 'ioredis'

/** What commands are sent by: ioredis, for one server or for a Cluster. */
export type Client = Redis | Cluster

/** Whether a value is a client of ioredis, of whatever copy or version of it an application has. */
export function isClient(value: unknown): value is Client {
  if (typeof value !== 'object' || value === null) return false
  return ['getBuffer', 'mgetBuffer', 'evalsha', 'duplicate', 'disconnect'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}

export function isCluster(client: Client): client is Cluster {
  return client.isCluster
}

/** The servers that hold the keys, each once: what has to be asked of all. */
export function mastersOf(client: Client): Redis[] {
  return isCluster(client) ? client.nodes('master') : [client]
}
