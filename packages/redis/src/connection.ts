import type { Client } from './client.js'
import { explain, wordsOf } from './explain.js'

/** A client, with what it takes to fail soon and with a reason while its server can't be reached. */
export interface Connection {
  readonly client: Client
  /** For messages: where it leads, without credentials. */
  readonly where: string
  /** Whether a command can be sent now. */
  readonly isReady: boolean
  /** Begins to connect, if nothing has yet. */
  begin(): void
  /** Resolves when one can; rejects, with what is wrong, when that takes too long. */
  whenReady(milliseconds?: number): Promise<void>
  close(): void
}

/**
 * A connection of ours.
 *
 * Commands are sent on a live connection only and never queued by ioredis, because a queue grows while a server is
 * down and lets old writes land on newer ones when it is back. Instead what is asked for while the connection is made
 * waits here for a moment, together, and then fails at once until the server is back.
 */
export class OwnConnection implements Connection {
  readonly client: Client
  readonly where: string
  readonly #patience: number
  #lastError: unknown
  /** Set while the connection stands and must not be used: it is on another database than was asked for. */
  #unfit = false
  /** When something was first asked for in vain, on the monotonic clock. */
  #absentSince: number | undefined
  #arrival: Promise<boolean> | undefined

  /** @param patience milliseconds for which what is asked waits for the connection, after it was first missed */
  constructor(client: Client, where: string, patience: number) {
    this.client = client
    this.where = where
    this.#patience = patience
    // Without a listener ioredis writes errors to the console.
    client.on('error', (error: unknown) => this.#note(error))
    client.on('node error', (error: unknown) => this.#note(error))
    client.on('ready', () => {
      this.#absentSince = undefined
      if (!this.#unfit) this.#lastError = undefined
    })
    client.on('close', () => {
      this.#unfit = false
    })
  }

  get isReady(): boolean {
    return this.client.status === 'ready' && !this.#unfit
  }

  begin(): void {
    if (this.client.status === 'wait') this.client.connect().catch(() => {})
  }

  async whenReady(milliseconds?: number): Promise<void> {
    this.begin()
    const now = performance.now()
    this.#absentSince ??= now
    const patience = milliseconds ?? this.#absentSince + this.#patience - now
    if (!this.isReady && patience > 0) await this.#arrivalWithin(patience, milliseconds === undefined)
    if (!this.isReady) throw this.#absence()
  }

  close(): void {
    this.client.disconnect()
  }

  /** However many wait, there is one listener and one timer. */
  #arrivalWithin(milliseconds: number, shared: boolean): Promise<boolean> {
    if (!shared) return arrival(this.client, milliseconds)
    this.#arrival ??= arrival(this.client, milliseconds).finally(() => {
      this.#arrival = undefined
    })
    return this.#arrival
  }

  #note(error: unknown): void {
    this.#lastError = error
    // ioredis goes on with database 0, where other caches may live.
    if (/DB index/i.test(wordsOf(error))) this.#unfit = true
  }

  #absence(): Error {
    // Of a server that connects and is not ready ioredis tells nothing.
    const unready = this.client.status === 'connect' ? 'connected, but not ready yet' : undefined
    const error = unready ?? this.#lastError ?? 'no connection within the time allowed'
    return explain(typeof error === 'string' ? new Error(error) : error, this.where)
  }
}

/** Whether the client got ready in time. */
function arrival(client: Client, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (ready: boolean) => {
      clearTimeout(timer)
      client.off('ready', onReady)
      client.off('end', onEnd)
      resolve(ready)
    }
    const onReady = () => end(true)
    const onEnd = () => end(false)
    const timer = setTimeout(onEnd, milliseconds)
    client.on('ready', onReady).on('end', onEnd)
  })
}

/** A connection that the application made: how it waits and what it queues is the application's to set. */
export class GivenConnection implements Connection {
  readonly client: Client
  readonly where = 'the given Redis client'
  readonly isReady = true
  readonly #close: boolean

  constructor(client: Client, close: boolean) {
    this.client = client
    this.#close = close
  }

  begin(): void {}

  async whenReady(): Promise<void> {}

  close(): void {
    if (this.#close) this.client.disconnect()
  }
}
