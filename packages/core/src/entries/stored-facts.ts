import type { TracedOperation } from '../events/tracer.js'
import type { StoredValue } from '../stores/stored-value.js'

/** Size and lifetime of an entry that is stored, for a tracer. */
export type StoredFacts = Pick<TracedOperation, 'bytes' | 'ttl'>

/** Returns the size and the rest of the lifetime of an entry. */
export function stored({ byteLength }: StoredValue, expires: number | null): StoredFacts {
  return {
    bytes: byteLength,
    ttl: expires === null ? undefined : Math.max(0, Math.round((expires - Date.now()) / 1000)),
  }
}
