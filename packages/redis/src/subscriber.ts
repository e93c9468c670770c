import type { Redis } from 'ioredis'
import { backoff } from './connect.js'

/** Events of a subscriber. */
export interface SubscriberEvents {
  onMessage(message: string): void
  /** Messages flow, for the first time or again. */
  onFlow(): void
  /** Messages do not flow: the reason, once until they flow again. */
  onFailure(error: unknown): void
}

/** Milliseconds between two PINGs. */
const HEARTBEAT = 1000

/**
 * Listens on a channel, on one connection after another.
 *
 * The resubscription of ioredis emits no event, but messages published in between are lost and the
 * listener has to know. A silent server looks like one without messages, hence the heartbeat.
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

  /** @param connect returns a client that has not connected yet; throws when there is none */
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
    // An application that forgets to close must still be able to exit.
    this.#timer = setTimeout(() => void this.#listen(), backoff(++this.#attempt)).unref()
  }

  #fail(error: unknown): void {
    if (!this.#told && !this.#ended) this.#events.onFailure(error)
    this.#told = true
  }

  /** Resolves when an established connection has ended. */
  async #hold(client: Redis): Promise<void> {
    this.#client = client
    let failure: unknown
    const over = new Promise((resolve) => client.once('end', resolve))
    client.on('error', (error: unknown) => {
      failure = error
      // Behind Sentinel ioredis retries for ever and emits nothing but this event.
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
