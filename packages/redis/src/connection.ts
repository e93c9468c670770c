import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { isCluster, mastersOf, type RedisClient } from './client.js'
import { explain, wordsOf } from './explain.js'

/** A client that fails soon, and with a reason, while its server can't be reached. */
export interface RedisConnection {
  readonly client: RedisClient
  /** The server's name for messages, without credentials. */
  readonly where: string
  /** True when a command can be sent now. */
  readonly isReady: boolean
  /** Starts to connect, unless that has begun. */
  begin(): void
  /**
   * Resolves when a command can be sent; rejects with the reason when that takes too long.
   *
   * @param milliseconds waits this long whatever was waited before, but ends at the first failed
   * attempt
   */
  whenReady(milliseconds?: number): Promise<void>
  /** Sends all commands of the current turn of the event loop in one write. */
  batchWrites(): void
  close(): void
}

/**
 * A connection that the store made.
 *
 * ioredis never queues its commands: a queue grows while a server is down, and lets old writes
 * overwrite newer ones when it is back. Commands that come while the connection is being made wait
 * here for a moment, together; after that they fail at once until the server is back.
 */
export class OwnConnection implements RedisConnection {
  readonly client: RedisClient
  readonly where: string
  readonly #waitMs: number
  /** For a Cluster: its masters are connected too. */
  #isConnected = false
  /** The server answers but must not be used, such as one without the wanted database. */
  #isRefused = false
  /** The last error of this connection, or of the attempts since it ended. */
  #lastError: unknown
  /** Time of the first command without a connection, on the monotonic clock. */
  #absentSince: number | undefined
  #arrival: Promise<void> | undefined
  /**
   * Callbacks that end a wait: for the connection, and for its first event, which may be a failure.
   */
  readonly #waiting = new Set<() => void>()
  readonly #impatient = new Set<() => void>()

  /**
   * @param waitMs milliseconds that commands wait for the connection, from the first that missed it
   */
  constructor(client: RedisClient, where: string, waitMs: number) {
    this.client = client
    this.where = where
    this.#waitMs = waitMs
    // Without a listener ioredis writes errors to the console.
    client.on('error', (error: unknown) => {
      this.#note(error)
      this.#tell(this.#impatient)
    })
    client.on('node error', (error: unknown) => this.#note(error))
    client.on('connect', () => {
      this.#isConnected = !isCluster(client)
      this.#isRefused = false
      this.#lastError = undefined
    })
    client.on('ready', () => void this.#arrive())
  }

  get isReady(): boolean {
    const { client } = this
    if (client.status !== 'ready' || !this.#isConnected || this.#isRefused) return false
    // ioredis keeps the status until a stream that it ends has closed.
    return isCluster(client) || client.stream.writable
  }

  begin(): void {
    if (this.client.status === 'wait') this.client.connect().catch(() => {})
  }

  async whenReady(milliseconds?: number): Promise<void> {
    this.begin()
    const now = performance.now()
    this.#absentSince ??= now
    const left = this.#absentSince + this.#waitMs - now
    if (this.isReady) return
    if (this.#isRefused) throw this.#absence()
    if (milliseconds !== undefined) await this.#wait(milliseconds, this.#impatient)
    else if (left > 0) await this.#arrivalWithin(left)
    if (!this.isReady) throw this.#absence()
  }

  /**
   * Corks the stream until the end of this turn: under load many requests come in one turn, and one
   * system call for each costs more than the rest of a look-up. Nothing is delayed beyond the turn.
   */
  batchWrites(): void {
    const { client } = this
    // A Cluster has a stream per node.
    if (isCluster(client)) return
    const { stream } = client
    if (stream.writableCorked > 0) return
    stream.cork()
    setImmediate(() => stream.uncork())
  }

  close(): void {
    this.client.disconnect()
    this.#tell(this.#waiting, this.#impatient)
  }

  /** Waits for the connection, all callers on one timer. */
  #arrivalWithin(milliseconds: number): Promise<void> {
    this.#arrival ??= this.#wait(milliseconds, this.#waiting).finally(() => {
      this.#arrival = undefined
    })
    return this.#arrival
  }

  /** Resolves when the set is notified, or after the time given. */
  #wait(milliseconds: number, set: Set<() => void>): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        set.delete(end)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      set.add(end)
    })
  }

  #tell(...sets: readonly Set<() => void>[]): void {
    for (const set of sets) for (const end of set) end()
  }

  async #arrive(): Promise<void> {
    if (isCluster(this.client)) {
      await this.#connectMasters(mastersOf(this.client))
      this.#isConnected = true
    }
    if (!this.isReady) return
    this.#absentSince = undefined
    this.#tell(this.#waiting, this.#impatient)
  }

  /**
   * Connects the masters: ioredis does so at each one's first command and refuses commands
   * meanwhile. A master that does not answer must not keep the others from being used.
   */
  async #connectMasters(masters: readonly Redis[]): Promise<void> {
    const waiting = masters.filter(({ status }) => status === 'wait')
    const connected = Promise.allSettled(waiting.map((master) => master.connect()))
    await Promise.race([connected, sleep(this.#waitMs, undefined, { ref: false })])
  }

  #note(error: unknown): void {
    this.#lastError = error
    // ioredis would go on with database 0, where other caches may live.
    if (/DB index/i.test(wordsOf(error))) this.#isRefused = true
  }

  #absence(): Error {
    // For a server that accepts connections and is not ready, ioredis emits nothing.
    const silent = this.client.status === 'connect' ? 'connected, but not ready yet' : 'not connected yet'
    return explain(this.#lastError ?? new Error(silent), this.where)
  }
}

/** A connection that the application made, with its own waiting and queueing. */
export class GivenConnection implements RedisConnection {
  readonly client: RedisClient
  readonly where = 'the given Redis client'
  readonly isReady = true
  readonly #close: boolean

  constructor(client: RedisClient, close: boolean) {
    this.client = client
    this.#close = close
  }

  begin(): void {}

  async whenReady(): Promise<void> {}

  batchWrites(): void {}

  close(): void {
    if (this.#close) this.client.disconnect()
  }
}
