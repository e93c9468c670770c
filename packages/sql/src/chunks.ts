/** Limits of one statement: MySQL takes 16 MiB by default, and bytes are doubled on the way. */
export const MAX_ROWS = 500
const MAX_BYTES = 4 * 2 ** 20

/**
 * Splits items into chunks of at most `most` items, and of limited bytes unless one item alone is
 * larger.
 */
export function* chunks<T>(
  items: readonly T[],
  most: number,
  bytesOf: (item: T) => number = () => 0,
): Generator<T[]> {
  let chunk: T[] = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item)
    if (chunk.length >= most || (chunk.length > 0 && bytes + size > MAX_BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(item)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}
