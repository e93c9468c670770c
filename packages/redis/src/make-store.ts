import { guardStore, refusal, SettingsError, type Store } from '@sitecache/core'
import type { Cluster, Redis } from 'ioredis'
import { type Address, addressOf, splitUrl } from './addresses.js'
import { isClient } from './client.js'
import { connect, connectOptionsOf } from './connect.js'
import { type Connection, GivenConnection } from './connection.js'
import {
  addressOfServer,
  checkStoreOptions,
  DEFAULT_TIMEOUT_MS,
  type GivenOptions,
  type RedisServer,
  type RedisStoreOptions,
  storeOptionsFromQuery,
} from './options.js'
import { PatientStore } from './patient-store.js'
import { RedisStore } from './redis-store.js'
import { Servers } from './servers.js'

/** A server: its URL, the path of its socket, or its parts. */
export type RedisLocation = string | RedisServer

const PATH = 'redisStore()'

/**
 * A Cluster never counts as down as a whole: keys of a lost node fail at once, and must not take those of the others
 * with them.
 */
const CLUSTER_FAILURES = Number.MAX_SAFE_INTEGER

/**
 * A store in Redis: one server, a leader with read replicas, Sentinel or a Cluster.
 *
 * Nothing is connected to before the first operation, and one that fails or is late rejects within `timeoutMs`. A
 * client of ioredis that is given keeps its own settings, and stays open when the store is closed.
 *
 * @param servers a URL, a socket's path, a server's parts, or a client; of several servers the first is the leader,
 * which is written to, and the others are replicas, which are read from.
 * @throws SettingsError for an address or option that is not allowed; credentials are not shown.
 *
 * @example
 * createCaches({ default: { store: redisStore('redis://127.0.0.1:6379/1') } })
 * redisStore(['redis://leader:6379', 'redis://replica:6379'], { password: process.env.REDIS_PASSWORD })
 * redisStore('redis+sentinel://10.0.0.1;10.0.0.2;10.0.0.3/main/0')
 * redisStore('redis+cluster://10.0.0.1:7000;10.0.0.2:7000', { timeoutMs: 100 })
 */
export function redisStore(
  servers: RedisLocation | readonly RedisLocation[] | Redis | Cluster,
  options?: RedisStoreOptions,
): Store {
  const given = checkStoreOptions(options, PATH)
  if (isClient(servers)) {
    return storeOn([new GivenConnection(servers, given.closeClient ?? false)], given, servers.isCluster)
  }
  const all = locationsOf(servers).map((location) => readLocation(location, given))
  const [first] = all
  if (first === undefined) throw refusal(PATH, 'a server, a list of servers, or a client of ioredis', servers)
  if (all.length > 1 && all.some(({ address }) => address.kind !== 'server'))
    throw new SettingsError(
      `${PATH}: redis+sentinel: and redis+cluster: stand alone; name their hosts in one URL`,
    )
  return storeAt(
    all.map(({ address }) => address),
    first.options,
  )
}

/** The store that an address names. */
export function storeAt(addresses: readonly Address[], options: GivenOptions): Store {
  const connectOptions = connectOptionsOf(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const connections = addresses.flatMap((address, i) => connect(address, connectOptions, i === 0))
  return storeOn(connections, options, addresses[0]?.kind === 'cluster')
}

function storeOn(connections: readonly Connection[], options: GivenOptions, cluster: boolean): Store {
  const [leader, ...replicas] = connections
  if (leader === undefined) throw new SettingsError(`${PATH} needs a server`)
  const guarded = guardStore(new RedisStore(new Servers(leader, replicas)), {
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(cluster ? { failures: CLUSTER_FAILURES } : {}),
  })
  return new PatientStore(guarded, leader)
}

/** Whole URLs may be apart by commas too: a list of them in an environment variable. */
function locationsOf(servers: RedisLocation | readonly RedisLocation[]): readonly RedisLocation[] {
  if (typeof servers === 'string') return servers.split(/[;,]\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i)
  return isList(servers) ? servers.flatMap(locationsOf) : [servers]
}

function isList(servers: RedisLocation | readonly RedisLocation[]): servers is readonly RedisLocation[] {
  return Array.isArray(servers)
}

/** What is given in code outranks what stands in the URL. */
function readLocation(location: unknown, given: GivenOptions): { address: Address; options: GivenOptions } {
  if (typeof location !== 'string') return { address: addressOfServer(location, PATH), options: given }
  const { parts, query } = splitUrl(location.trim(), PATH)
  const options = { ...storeOptionsFromQuery(Object.fromEntries(query), PATH), ...given }
  return { address: addressOf(parts, PATH), options }
}
