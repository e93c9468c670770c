import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { isCluster, mastersOf, type RedisClient } from './client.js'
import { explain, wordsOf } from './explain.js'

/** A client, with what it takes to fail soon and with a reason while its server can't be reached. */
export interface RedisConnection {
  readonly client: RedisClient
  /** For messages: where it leads, without credentials. */
  readonly where: string
  /** Whether a command can be sent now. */
  readonly isReady: boolean
  /** Begins to connect, if nothing has yet. */
  begin(): void
  /**
   * Resolves when one can; rejects, with what is wrong, when that takes too long.
   *
   * @param milliseconds waits for so long, whatever was waited before; but not on, once an attempt has failed
   */
  whenReady(milliseconds?: number): Promise<void>
  /** Has what is sent from now on, until the event loop has seen to all that came with it, go out in one write. */
  batchWrites(): void
  close(): void
}

/**
 * A connection of ours.
 *
 * Commands are sent on a live connection only and never queued by ioredis, because a queue grows while a server is
 * down and lets old writes land on newer ones when it is back. Instead what is asked for while the connection is made
 * waits here for a moment, together, and then fails at once until the server is back.
 */
export class OwnConnection implements RedisConnection {
  readonly client: RedisClient
  readonly where: string
  readonly #waitMs: number
  /** Of a Cluster: its masters are connected to as well. */
  #isConnected = false
  /** The server is there and must not be used. */
  #isRefused = false
  /** Of this connection, or of the attempts since the last. */
  #lastError: unknown
  /** When something was first asked for in vain, on the monotonic clock. */
  #absentSince: number | undefined
  #arrival: Promise<void> | undefined
  /** What ends each wait: for the connection, and for the first news of it, which may be a failure. */
  readonly #waiting = new Set<() => void>()
  readonly #impatient = new Set<() => void>()

  /** @param patience milliseconds for which what is asked waits for the connection, after it was first missed */
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
    return this.client.status === 'ready' && this.#isConnected && !this.#isRefused
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
   * Under load many requests come in one turn of the event loop, and a system call for each costs more than all else that a
   * look-up does in this process. Nothing is held back for a moment that is free: the write is at the end of this very turn.
   */
  batchWrites(): void {
    const { client } = this
    // A Cluster has a stream for each of its nodes.
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

  /** However many wait, there is one timer. */
  #arrivalWithin(milliseconds: number): Promise<void> {
    this.#arrival ??= this.#wait(milliseconds, this.#waiting).finally(() => {
      this.#arrival = undefined
    })
    return this.#arrival
  }

  /** Resolves when all in the set are told, and when it has been waited for long enough. */
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
   * At a master's first command ioredis connects to it, and refuses those that come meanwhile. One that does not answer
   * must not keep the others from being used.
   */
  async #connectMasters(masters: readonly Redis[]): Promise<void> {
    const waiting = masters.filter(({ status }) => status === 'wait')
    const connected = Promise.allSettled(waiting.map((master) => master.connect()))
    await Promise.race([connected, sleep(this.#waitMs, undefined, { ref: false })])
  }

  #note(error: unknown): void {
    this.#lastError = error
    // ioredis goes on with database 0, where other caches may live.
    if (/DB index/i.test(wordsOf(error))) this.#isRefused = true
  }

  #absence(): Error {
    // Of a server that connects and is not ready ioredis tells nothing.
    const silent = this.client.status === 'connect' ? 'connected, but not ready yet' : 'not connected yet'
    return explain(this.#lastError ?? new Error(silent), this.where)
  }
}

/** A connection that the application made: how it waits and what it queues is the application's to set. */
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
