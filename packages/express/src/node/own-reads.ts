/** Reads by sitecache itself that are under way. */
let depth = 0

/**
 * Reads something of a connection for sitecache itself. It may carry other requests, whose pages
 * are being made, and of which this is no input.
 */
export function ownRead<T>(read: () => T): T {
  depth += 1
  try {
    return read()
  } finally {
    depth -= 1
  }
}

/** Whether sitecache itself reads now. */
export function isOwnRead(): boolean {
  return depth > 0
}
