import type { InvalidationBus } from '@sitecache/core'

type Listener = (message: string) => void

/** A bus within this process, on which a test can lose messages and connections. */
export class LocalBus implements InvalidationBus {
  readonly #listeners = new Set<Listener>()
  readonly #reconnected = new Set<() => void>()
  readonly messages: string[] = []
  closed = 0
  /** Set: publishing fails with it. */
  failure: Error | undefined
  /** How a message reaches a listener. */
  deliver = (listener: Listener, message: string): void => listener(message)

  async publish(message: string): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.messages.push(message)
    for (const listener of this.#listeners) this.deliver(listener, message)
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnected.add(listener)
    return () => void this.#reconnected.delete(listener)
  }

  reconnect(): void {
    for (const listener of this.#reconnected) listener()
  }

  get listeners(): number {
    return this.#listeners.size + this.#reconnected.size
  }

  async close(): Promise<void> {
    this.closed += 1
  }
}
