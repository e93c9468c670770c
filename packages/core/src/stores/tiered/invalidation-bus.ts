/**
 * Carries invalidations between the processes that share a store, such as by Redis pub/sub.
 *
 * A message is a short string that every other process has to get, in any order; the publishing
 * process may get it, too. None is kept for processes that are not connected: `onReconnect` tells
 * them that they may have missed some.
 */
export interface InvalidationBus {
  /** Resolves when the message is sent to all current subscribers; rejects when it can't be. */
  publish(message: string): Promise<void>
  /** Calls the listener for each message; returns a function that stops it. */
  subscribe(listener: (message: string) => void): () => void
  /**
   * Calls the listener when messages flow again after a time in which some may have been lost, and
   * when they flow for the first time, if that is after it subscribed; returns a function that
   * stops it.
   */
  onReconnect(listener: () => void): () => void
  /** Closes the bus; called once, by the tiered store that uses it. */
  close?(): Promise<void>
}

/** Keys that became out of date in a store. */
export interface Invalidation {
  /** Sender: a tiered store of one process. */
  readonly from: string
  readonly keys: readonly string[]
  /** Prefix of more such keys. */
  readonly prefix?: string | undefined
}

/** Most keys of one message. */
const MAX_KEYS = 1000
/** Most characters of a message that is read: more than `MAX_KEYS` long keys have. */
const MAX_LENGTH = 16 * 2 ** 20

/** Yields an invalidation as messages. */
export function* messagesOf({ from, keys, prefix }: Invalidation): Generator<string> {
  if (prefix !== undefined) yield JSON.stringify({ v: 1, from, keys: [], prefix })
  for (let i = 0; i < keys.length; i += MAX_KEYS) {
    yield JSON.stringify({ v: 1, from, keys: keys.slice(i, i + MAX_KEYS) })
  }
}

/** @returns undefined: the message is of another version, or damaged */
export function parseMessage(message: unknown): Invalidation | undefined {
  if (typeof message !== 'string' || message.length > MAX_LENGTH) return undefined
  const { v, from, keys, prefix } = parseObject(message)
  if (v !== 1 || typeof from !== 'string' || !Array.isArray(keys)) return undefined
  if (prefix !== undefined && typeof prefix !== 'string') return undefined
  const texts = keys.filter((key) => typeof key === 'string')
  return texts.length === keys.length ? { from, keys: texts, prefix } : undefined
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
