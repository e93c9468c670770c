/**
 * Carries invalidations between the processes that share a store, such as by Redis pub/sub.
 *
 * A message is short text that every other process has to get, in any order; the process that published it may get it
 * too. None is kept for those that were not connected: they are told by `onReconnect` that they may have missed some.
 */
export interface InvalidationBus {
  /** Resolves when the message is on its way to all who listen now; rejects when it is not. */
  publish(message: string): Promise<void>
  /** Calls the listener for each message; answers what ends that. */
  subscribe(listener: (message: string) => void): () => void
  /**
   * Calls the listener when messages flow again after a time in which some may have been lost, and when they flow for the
   * first time, if that is after it subscribed; answers what ends that.
   */
  onReconnect(listener: () => void): () => void
  /** Called once by the tiered store that uses it, when that closes. */
  close?(): Promise<void>
}

/** What became out of date in a store. */
export interface Invalidation {
  /** The process and store that it comes from. */
  readonly from: string
  readonly keys: readonly string[]
  /** All keys that begin with it. */
  readonly prefix?: string | undefined
}

/** Keys of one message at the most. */
const MAX_KEYS = 1000
/** Characters of a message that is read: more than `MAX_KEYS` long keys make. */
const MAX_LENGTH = 16 * 2 ** 20

/** An invalidation as messages. */
export function* messagesOf({ from, keys, prefix }: Invalidation): Generator<string> {
  if (prefix !== undefined) yield JSON.stringify({ v: 1, from, keys: [], prefix })
  for (let i = 0; i < keys.length; i += MAX_KEYS) {
    yield JSON.stringify({ v: 1, from, keys: keys.slice(i, i + MAX_KEYS) })
  }
}

/** What a message says; undefined for one that is not of this version, or not whole. */
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
