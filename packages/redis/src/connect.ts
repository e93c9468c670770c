import { SettingsError } from '@sitecache/core/store'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { type Endpoint, type Login, type RedisAddress, showEndpoint } from './addresses.js'
import type { RedisClient } from './client.js'
import { OwnConnection, type RedisConnection } from './connection.js'
import { type GivenOptions, loginOf } from './options.js'

/** Options of a connection beside its address. */
export interface ConnectOptions {
  readonly timeoutMs: number
  /** Outranks the address's own. */
  readonly login: Login
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

/** Options without `replyMapping`, whose type ioredis declares optional but not undefined. */
type Settings = Omit<RedisOptions, 'replyMapping'>

/**
 * Attempts on a Cluster node before it is looked up anew, also under the addresses that were given.
 */
const NODE_ATTEMPTS = 6

/** Picks the options that connections need. */
export function connectOptionsOf(given: GivenOptions, timeoutMs: number): ConnectOptions {
  const { sentinelUsername, sentinelPassword } = given
  return {
    timeoutMs,
    login: loginOf(given),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
  }
}

/**
 * Creates connections to an address; they connect when first used.
 *
 * @param leads whether the first server is the leader; the others are replicas
 */
export function connect(address: RedisAddress, options: ConnectOptions, leads: boolean): RedisConnection[] {
  const login = { ...address, ...options.login }
  // A little less than `timeoutMs`, so that the error tells the reason and not only the delay.
  const waitMs = Math.ceil(options.timeoutMs * 0.9)
  const own = (client: RedisClient, endpoint: string) =>
    new OwnConnection(client, `Redis at ${endpoint}`, waitMs)
  const settings = settingsOf(login, options.timeoutMs)
  const endpoints = address.endpoints.map(showEndpoint)
  if (address.kind === 'cluster') return [own(clusterClient(address, login, settings), endpoints.join(', '))]
  if (address.kind === 'sentinel') {
    return [own(sentinelClient(address, options, settings), `${address.name} of ${endpoints.join(', ')}`)]
  }
  // The leader is asked in the second half of the time if a replica does not answer in the first.
  const ofReplica = { commandTimeout: Math.ceil(options.timeoutMs / 2) }
  return address.endpoints.map((endpoint, i) => {
    const role = leads && i === 0 ? {} : ofReplica
    return own(new Redis({ ...settings, ...role, ...endpoint }), endpoints[i] ?? '')
  })
}

/** Options of a subscriber's client: it is told of its end, and reconnects by itself. */
export const ONE_CONNECTION = {
  lazyConnect: true,
  retryStrategy: () => null,
  autoResubscribe: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  disconnectTimeout: 250,
  socketTimeout: 1000,
} as const

/**
 * Creates a client for one connection, which is not made yet; in a Cluster to any node, because all
 * of them receive what is published.
 *
 * @param attempt selects another node of a Cluster for each attempt
 */
export function connectOnce(address: RedisAddress, options: ConnectOptions, attempt: number): Redis {
  const settings = { ...settingsOf({ ...address, ...options.login }, options.timeoutMs), ...ONE_CONNECTION }
  if (address.kind === 'sentinel') return sentinelClient(address, options, settings)
  const [first] = address.endpoints
  const endpoint = address.kind === 'cluster' ? address.endpoints[attempt % address.endpoints.length] : first
  return new Redis({ ...settings, ...endpoint })
}

/** Options of ioredis: no queue, no resending, and silent servers are noticed. */
function settingsOf({ username, password, db, tls }: Login, timeoutMs: number): Settings {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    // An INCRBY whose reply was lost may have been done: sent again it would count twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    disconnectTimeout: 250,
    // A paused server keeps its connections; only missing replies show it.
    socketTimeout: Math.max(1000, timeoutMs * 4),
    maxLoadingRetryTime: 500,
    retryStrategy: backoff,
    reconnectOnError: moreAndMoreRarely((error) => error.message.startsWith('READONLY')),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db }),
    ...(tls ? { tls } : {}),
  }
}

function sentinelClient(address: RedisAddress, options: ConnectOptions, shared: Settings): Redis {
  const { sentinelUsername, sentinelPassword } = options
  return new Redis({
    ...shared,
    sentinels: address.endpoints.flatMap(onNetwork),
    name: address.name ?? '',
    sentinelCommandTimeout: 1000,
    sentinelRetryStrategy: (times) => Math.min(times * 100, 1000),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(shared.tls === undefined ? {} : { sentinelTLS: shared.tls, enableTLSForSentinelMode: true }),
  })
}

function clusterClient(address: RedisAddress, { db = 0 }: Login, shared: Settings): Cluster {
  if (db !== 0) throw new SettingsError(`a Redis Cluster has only database 0; got ${db}`)
  const cluster = new Cluster(address.endpoints.flatMap(onNetwork), {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: backoff,
    // Without it ioredis resends commands whose reply was lost.
    clusterNodeRetryStrategy: (times) => (times > NODE_ATTEMPTS ? null : backoff(times)),
    // Keys of a lost master fail at once until another has taken its place.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: 4,
    redisOptions: shared,
  })
  // Finds the new master: each failed attempt asks the other nodes.
  cluster.on('node error', () => cluster.refreshSlotsCache())
  return cluster
}

function onNetwork(endpoint: Endpoint): { host: string; port: number }[] {
  return 'host' in endpoint ? [endpoint] : []
}

/**
 * Returns the milliseconds before the next attempt: doubling to a second, with jitter so that
 * processes don't reconnect in step.
 */
export function backoff(times: number): number {
  return Math.min(50 * 2 ** (times - 1), 1000) * (0.75 + Math.random() / 2)
}

/** Shortest and longest time between two reconnects, in milliseconds. */
const [SHORTEST_REST, LONGEST_REST] = [1000, 60_000]

/**
 * Limits reconnects: behind a host name, a service address or sentinels a leader that has become a
 * replica is found anew; but one that stays a replica must go on answering reads.
 */
function moreAndMoreRarely(wanted: (error: Error) => boolean): (error: Error) => boolean {
  let last = Number.NEGATIVE_INFINITY
  let rest = SHORTEST_REST
  return (error) => {
    const since = performance.now() - last
    if (!wanted(error) || since < rest) return false
    rest = since > 5 * LONGEST_REST ? SHORTEST_REST : Math.min(rest * 2, LONGEST_REST)
    last = performance.now()
    return true
  }
}
