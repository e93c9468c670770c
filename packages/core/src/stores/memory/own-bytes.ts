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

/** Up to this size V8 keeps the bytes in the object itself, unless they were left uninitialized. */
const ON_HEAP = 64

/** Returns a copy in memory of its own. */
export function copyOf(bytes: Uint8Array): Buffer {
  const { byteLength } = bytes
  const copy = byteLength <= ON_HEAP ? Buffer.alloc(byteLength) : Buffer.allocUnsafeSlow(byteLength)
  copy.set(bytes)
  return copy
}
