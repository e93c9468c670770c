import { SettingsError } from '@sitecache/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { type Endpoint, type Login, type RedisAddress, showEndpoint } from './addresses.js'
import type { RedisClient } from './client.js'
import { OwnConnection, type RedisConnection } from './connection.js'
import { type GivenOptions, loginOf } from './options.js'

/** What a connection needs beside its address. */
export interface ConnectOptions {
  readonly timeoutMs: number
  /** Outranks what the address says. */
  readonly login: Login
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

/** ioredis says of this one that it may be undefined, and does not take it so. */
type Settings = Omit<RedisOptions, 'replyMapping'>

/** Attempts on a node of a Cluster before it is looked up anew, under the addresses that were given, too. */
const NODE_ATTEMPTS = 6

/** The options of a store, as its connections need them. */
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
 * Connections to what an address names; nothing is connected to before it is asked for.
 *
 * @param leads whether the first server is the leader; the others are replicas
 */
export function connect(address: RedisAddress, options: ConnectOptions, leads: boolean): RedisConnection[] {
  const login = { ...address, ...options.login }
  // A little less than the store is waited for, so that the reason is told and not that it took too long.
  const waitMs = Math.ceil(options.timeoutMs * 0.9)
  const own = (client: RedisClient, endpoint: string) =>
    new OwnConnection(client, `Redis at ${endpoint}`, waitMs)
  const settings = settingsOf(login, options.timeoutMs)
  const endpoints = address.endpoints.map(showEndpoint)
  if (address.kind === 'cluster') return [own(clusterClient(address, login, settings), endpoints.join(', '))]
  if (address.kind === 'sentinel') {
    return [own(sentinelClient(address, options, settings), `${address.name} of ${endpoints.join(', ')}`)]
  }
  // What a replica does not answer in half of the time, the leader is asked for in the other half.
  const ofReplica = { commandTimeout: Math.ceil(options.timeoutMs / 2) }
  return address.endpoints.map((endpoint, i) => {
    const role = leads && i === 0 ? {} : ofReplica
    return own(new Redis({ ...settings, ...role, ...endpoint }), endpoints[i] ?? '')
  })
}

/** What a subscriber of ours needs of a client: to be told of its end, and to try again by itself. */
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
 * A client for one connection to where an address leads, which is not made yet: in a Cluster to any node, because all
 * have what is published.
 *
 * @param attempt another node of a Cluster for each
 */
export function connectOnce(address: RedisAddress, options: ConnectOptions, attempt: number): Redis {
  const settings = { ...settingsOf({ ...address, ...options.login }, options.timeoutMs), ...ONE_CONNECTION }
  if (address.kind === 'sentinel') return sentinelClient(address, options, settings)
  const [first] = address.endpoints
  const endpoint = address.kind === 'cluster' ? address.endpoints[attempt % address.endpoints.length] : first
  return new Redis({ ...settings, ...endpoint })
}

/** Nothing waits in ioredis, nothing is sent twice, and a server that has fallen silent is noticed. */
function settingsOf({ username, password, db, tls }: Login, timeoutMs: number): Settings {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    // An INCRBY whose answer was lost may have been done: sent again it would count twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    disconnectTimeout: 250,
    // A paused server keeps its connections; only the missing answers show that it is not there.
    socketTimeout: Math.max(1000, timeoutMs * 4),
    maxLoadingRetryTime: 500,
    retryStrategy: backoff,
    reconnectOnError: onceASecond((error) => error.message.startsWith('READONLY')),
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
    // Without it ioredis takes commands whose answer was lost for unsent ones, and sends them again.
    clusterNodeRetryStrategy: (times) => (times > NODE_ATTEMPTS ? null : backoff(times)),
    // Keys of a master that is lost fail at once, and cost nothing until another has taken its place.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: 4,
    redisOptions: shared,
  })
  // That is found out here: each attempt to reach the lost one asks the others.
  cluster.on('node error', () => cluster.refreshSlotsCache())
  return cluster
}

function onNetwork(endpoint: Endpoint): { host: string; port: number }[] {
  return 'host' in endpoint ? [endpoint] : []
}

/** Milliseconds before the next attempt: doubling to a second, and not in step with the other processes. */
export function backoff(times: number): number {
  return Math.min(50 * 2 ** (times - 1), 1000) * (0.75 + Math.random() / 2)
}

/** A leader that has become a replica is looked up anew; one that was always a replica must not be reconnected at each write. */
function onceASecond(wanted: (error: Error) => boolean): (error: Error) => boolean {
  let last = Number.NEGATIVE_INFINITY
  return (error) => {
    if (!wanted(error) || performance.now() - last < 1000) return false
    last = performance.now()
    return true
  }
}
