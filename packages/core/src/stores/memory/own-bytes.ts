import { types } from 'node:util'
import type { StoredValue } from '../stored-value.js'

/**
 * Returns the value in memory of its own: a small Buffer is a slice of Node's pool and would pin
 * all 8 KiB of it.
 */
export function ownBytes(value: StoredValue): StoredValue {
  if (!types.isUint8Array(value) || value.buffer.byteLength === value.byteLength) return value
  return copyOf(value)
}

/** Returns a copy in memory of its own. */
export function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength)
  copy.set(bytes)
  return copy
}
