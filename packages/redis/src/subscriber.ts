import type { Redis } from 'ioredis'
import { backoff } from './connect.js'

/** What a subscriber tells of. */
export interface SubscriberEvents {
  onMessage(message: string): void
  /** Messages flow, for the first time or again. */
  onFlow(): void
  /** They do not: why, once until they flow again. */
  onFailure(error: unknown): void
}

/** Milliseconds between two questions whether the server is still there. */
const HEARTBEAT = 1000

/**
 * Listens on a channel, on one connection after another.
 *
 * ioredis can subscribe again by itself, and tells nobody: but what was published in between is lost, and whoever
 * listens has to know. A server that has fallen silent looks like one that has nothing to say; so it is asked.
 */
export class Subscriber {
  readonly #connect: (attempt: number) => Redis
  readonly #channel: string
  readonly #events: SubscriberEvents
  #client: Redis | undefined
  #timer: NodeJS.Timeout | undefined
  #attempt = 0
  #ended = false
  #told = false

  /** @param connect a client that has not connected yet; it throws when there is none to be had */
  constructor(connect: (attempt: number) => Redis, channel: string, events: SubscriberEvents) {
    this.#connect = connect
    this.#channel = channel
    this.#events = events
    void this.#listen()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#client?.disconnect()
  }

  async #listen(): Promise<void> {
    try {
      await this.#hold(this.#connect(this.#attempt))
    } catch (error) {
      this.#fail(error)
    }
    if (this.#ended) return
    // Whoever forgets to close must not be kept alive by it.
    this.#timer = setTimeout(() => void this.#listen(), backoff(++this.#attempt)).unref()
  }

  #fail(error: unknown): void {
    if (!this.#told && !this.#ended) this.#events.onFailure(error)
    this.#told = true
  }

  /** Resolves when a connection that stood has ended. */
  async #hold(client: Redis): Promise<void> {
    this.#client = client
    let failure: unknown
    const over = new Promise((resolve) => client.once('end', resolve))
    client.on('error', (error: unknown) => {
      failure = error
      // Behind Sentinel ioredis goes on trying, and lets nobody know but so.
      this.#fail(error)
    })
    client.on('message', (_: string, message: string) => this.#events.onMessage(message))
    try {
      await client.connect()
      client.stream.unref()
      await client.subscribe(this.#channel)
    } catch (error) {
      client.disconnect()
      throw failure ?? error
    }
    this.#attempt = 0
    this.#told = false
    this.#events.onFlow()
    const heartbeat = setInterval(() => client.ping().catch(() => {}), HEARTBEAT).unref()
    await over
    clearInterval(heartbeat)
  }
}
