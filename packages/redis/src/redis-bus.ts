import { type InvalidationBus, SettingsError, warn } from '@sitecache/core/store'
import type { Cluster, Redis } from 'ioredis'
import { isClient, isCluster, mastersOf, type RedisClient } from './client.js'
import { connect, connectOnce, connectOptionsOf, ONE_CONNECTION } from './connect.js'
import { GivenConnection, type RedisConnection } from './connection.js'
import { explain } from './explain.js'
import {
  type BusOnlyOptions,
  checkBusOptions,
  DEFAULT_TIMEOUT_MS,
  type RedisBusOptions,
  refuseConnectionOptions,
} from './options.js'
import { parseServers, type RedisLocation, type RedisServers } from './parse-servers.js'
import { Subscriber } from './subscriber.js'

const PATH = 'redisBus()'

/** Milliseconds that the first message waits for the first connection. */
const FIRST_CONNECTION_MS = 1000

/**
 * Carries the invalidations of tiered stores between processes by Redis pub/sub, on two connections
 * of its own.
 *
 * After a lost connection the tiered stores drop their near entries. Of a client that is given, a
 * duplicate subscribes.
 *
 * @param servers as `redisStore` takes them; of several, the leader is used
 * @throws SettingsError for an address or option that is not allowed.
 *
 * @example
 * const url = 'redis://127.0.0.1:6379/1'
 * tieredStore(memoryStore(), redisStore(url), { bus: redisBus(url) })
 */
export function redisBus(
  servers: RedisLocation | readonly RedisLocation[] | Redis | Cluster,
  options?: RedisBusOptions,
): InvalidationBus {
  const { channel, onError, ...given } = checkBusOptions(options, PATH)
  const own = { ...(channel === undefined ? {} : { channel }), ...(onError === undefined ? {} : { onError }) }
  if (!isClient(servers)) return busAt(parseServers(servers, given, PATH), own)
  refuseConnectionOptions(given, PATH)
  const publisher = new GivenConnection(servers, given.closeClient ?? false)
  return new RedisBus(publisher, (attempt) => copyOf(servers, attempt), own, databaseOf(servers))
}

/** Creates the bus on these servers. */
export function busAt({ addresses, options }: RedisServers, own: BusOnlyOptions): InvalidationBus {
  const [address] = addresses
  if (address === undefined) throw new SettingsError(`${PATH} needs a server`)
  const connectOptions = connectOptionsOf(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const leader = {
    ...address,
    endpoints: address.kind === 'server' ? address.endpoints.slice(0, 1) : address.endpoints,
  }
  const [publisher] = connect(leader, connectOptions, true)
  if (publisher === undefined) throw new SettingsError(`${PATH} needs a server`)
  const subscriber = (attempt: number) => connectOnce(address, connectOptions, attempt)
  return new RedisBus(publisher, subscriber, own, options.db ?? address.db ?? 0)
}

function copyOf(client: RedisClient, attempt: number): Redis {
  if (!isCluster(client)) return client.duplicate(ONE_CONNECTION)
  const nodes = client.nodes('all')
  const node = nodes[attempt % nodes.length]
  if (node === undefined) throw new Error('no node of the cluster is known yet')
  return node.duplicate(ONE_CONNECTION)
}

function databaseOf(client: RedisClient): number {
  return isCluster(client) ? 0 : (client.options.db ?? 0)
}

/** Any node of a Cluster will do; ioredis would take one at random, also a lost one. */
function speakerOf(client: RedisClient): RedisClient {
  return mastersOf(client).find(({ status }) => status === 'ready') ?? client
}

class RedisBus implements InvalidationBus {
  readonly #publisher: RedisConnection
  readonly #connect: (attempt: number) => Redis
  readonly #channel: string
  readonly #onError: (error: Error) => void
  readonly #listeners = new Set<(message: string) => void>()
  readonly #reconnected = new Set<() => void>()
  #subscriber: Subscriber | undefined
  #closed = false
  #published = false

  constructor(
    publisher: RedisConnection,
    connectSubscriber: (attempt: number) => Redis,
    { channel, onError = warnOfBus }: BusOnlyOptions,
    db: number,
  ) {
    this.#publisher = publisher
    this.#connect = connectSubscriber
    // Redis channels are not per database, hence the number in the name.
    this.#channel = channel ?? `sitecache:invalidations:${db}`
    this.#onError = onError
  }

  /** Publishes a message, a second time if the first attempt fails: duplicates are harmless. */
  async publish(message: string): Promise<void> {
    try {
      await this.#send(message)
    } catch {
      await this.#send(message)
    }
  }

  subscribe(listener: (message: string) => void): () => void {
    return this.#add(this.#listeners, listener)
  }

  onReconnect(listener: () => void): () => void {
    return this.#add(this.#reconnected, listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#subscriber?.end()
    this.#publisher.close()
  }

  async #send(message: string): Promise<void> {
    const { client, where } = this.#publisher
    try {
      if (!this.#publisher.isReady)
        await this.#publisher.whenReady(this.#published ? undefined : FIRST_CONNECTION_MS)
      this.#published = true
      await speakerOf(client).publish(this.#channel, message)
    } catch (error) {
      throw explain(error, where)
    }
  }

  #add<T>(listeners: Set<T>, listener: T): () => void {
    listeners.add(listener)
    if (!this.#closed) this.#subscriber ??= this.#subscribe()
    return () => void listeners.delete(listener)
  }

  #subscribe(): Subscriber {
    return new Subscriber(this.#connect, this.#channel, {
      onMessage: (message) => {
        for (const listener of this.#listeners) listener(message)
      },
      onFlow: () => {
        for (const listener of this.#reconnected) listener()
      },
      onFailure: (error) => this.#tell(explain(error, this.#publisher.where)),
    })
  }

  /** Calls `onError`; one that throws must not end the process. */
  #tell(error: Error): void {
    try {
      this.#onError(error)
    } catch (thrown) {
      warnOfBus(error)
      warn('SITECACHE_LISTENER', `onError of redisBus() failed: ${String(thrown)}`)
    }
  }
}

/** Warns the process: until messages flow, near entries may be stale for their whole lifetime. */
function warnOfBus(error: Error): void {
  warn('SITECACHE_BUS', `redisBus() hears nothing, and tries again: ${error.message}`)
}
