import { randomUUID } from 'node:crypto'
import { within } from '../../util/within.js'
import { type Invalidation, type InvalidationBus, messagesOf, parseMessage } from './invalidation-bus.js'
import type { NearFences } from './near-fences.js'

/** Longest wait of a write for its message to be sent, in milliseconds. */
const PUBLISH_MS = 250
const CLOSE_MS = 5000

/**
 * End of the bus in one tiered store: publishes changes made here, and drops entries that changed
 * elsewhere.
 */
export class BusLink {
  readonly #bus: InvalidationBus | undefined
  readonly #fences: NearFences
  /** Sender of our messages, which come back. */
  readonly #id = randomUUID()
  readonly #unsubscribe: readonly (() => void)[]
  /**
   * Count of messages that could not be published: elsewhere, their keys stay near until their
   * lifetime ends.
   */
  lost = 0
  /** Count of messages that were sent, and of those that others sent. */
  sent = 0
  received = 0

  constructor(bus: InvalidationBus | undefined, fences: NearFences) {
    this.#bus = bus
    this.#fences = fences
    this.#unsubscribe =
      bus === undefined
        ? []
        : [
            bus.subscribe((message) => this.#receive(message)),
            bus.onReconnect(() => this.#fences.dropAll('')),
          ]
  }

  /** Resolves when the message is sent, or could not be. Never rejects. */
  async tell(changed: Omit<Invalidation, 'from'>): Promise<void> {
    const bus = this.#bus
    if (bus === undefined) return
    const late = () => new Error(`publish took more than ${PUBLISH_MS} ms`)
    const sent = [...messagesOf({ from: this.#id, ...changed })].map((message) =>
      within(() => bus.publish(message), PUBLISH_MS, late),
    )
    for (const { status } of await Promise.allSettled(sent)) {
      if (status === 'rejected') this.lost += 1
      else this.sent += 1
    }
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    const late = () => new Error(`the invalidation bus did not close within ${CLOSE_MS} ms`)
    await within(async () => this.#bus?.close?.(), CLOSE_MS, late)
  }

  #receive(message: string): void {
    const told = parseMessage(message)
    if (told?.from === this.#id) return
    this.received += 1
    for (const key of told?.keys ?? []) this.#fences.drop(key)
    // From another version, or garbage: anything may have changed.
    const prefix = told === undefined ? '' : told.prefix
    if (prefix !== undefined) this.#fences.dropAll(prefix)
  }
}
