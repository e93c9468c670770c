import { guardStore, SettingsError, type Store } from '@sitecache/core/store'
import type { Cluster, Redis } from 'ioredis'
import { isClient } from './client.js'
import { connect, connectOptionsOf } from './connect.js'
import { GivenConnection, type RedisConnection } from './connection.js'
import { FirstConnectionStore } from './first-connection-store.js'
import {
  checkStoreOptions,
  DEFAULT_TIMEOUT_MS,
  type GivenOptions,
  type RedisStoreOptions,
  refuseConnectionOptions,
} from './options.js'
import { parseServers, type RedisLocation, type RedisServers } from './parse-servers.js'
import { RedisStore } from './redis-store.js'
import { Servers } from './servers.js'

const PATH = 'redisStore()'

/**
 * The circuit of a Cluster never opens: keys of a lost node fail at once and must not take those of
 * other nodes with them.
 */
const CLUSTER_FAILURES = Number.MAX_SAFE_INTEGER

/**
 * A store in Redis: one server, a leader with read replicas, Sentinel or a Cluster.
 *
 * It connects at the first operation; an operation that fails or is late rejects within
 * `timeoutMs`. An ioredis client that is given keeps its own settings, and stays open when the
 * store is closed. Its `keyPrefix` stands in front of the store's keys too; options that change
 * replies or arguments (`stringNumbers`, transformers, `enableAutoPipelining`) make no difference.
 *
 * @param servers a URL, a socket's path, a server's parts, or a client; of several servers the
 * first is the leader, which is written to, and the others are replicas, which are read from.
 * @throws SettingsError for an address or option that is not allowed; credentials are not shown.
 *
 * @example
 * createCaches({ default: { store: redisStore('redis://127.0.0.1:6379/1') } })
 * redisStore(['redis://leader:6379', 'redis://replica:6379'], { password })
 * redisStore('redis+sentinel://10.0.0.1;10.0.0.2;10.0.0.3/main/0')
 * redisStore('redis+cluster://10.0.0.1:7000;10.0.0.2:7000', { timeoutMs: 100 })
 */
export function redisStore(
  servers: RedisLocation | readonly RedisLocation[] | Redis | Cluster,
  options?: RedisStoreOptions,
): Store {
  const given = checkStoreOptions(options, PATH)
  if (isClient(servers)) {
    refuseConnectionOptions(given, PATH)
    return storeOn([new GivenConnection(servers, given.closeClient ?? false)], given, servers.isCluster)
  }
  return storeAt(parseServers(servers, given, PATH))
}

/** Creates the store on these servers. */
export function storeAt({ addresses, options }: RedisServers): Store {
  const connectOptions = connectOptionsOf(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const connections = addresses.flatMap((address, i) => connect(address, connectOptions, i === 0))
  return storeOn(connections, options, addresses[0]?.kind === 'cluster')
}

function storeOn(connections: readonly RedisConnection[], options: GivenOptions, cluster: boolean): Store {
  const [leader, ...replicas] = connections
  if (leader === undefined) throw new SettingsError(`${PATH} needs a server`)
  const guarded = guardStore(new RedisStore(new Servers(leader, replicas)), {
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(cluster ? { failures: CLUSTER_FAILURES } : {}),
  })
  return new FirstConnectionStore(guarded, leader)
}
