import { types } from 'node:util'
import type { Encodable, StoredValue, ValueParts } from '../stored-value.js'
import {
  BYTES,
  bodyAt,
  bodyLengthAt,
  copyBodyAt,
  type EntryText,
  FIRST_RESTORED,
  headAt,
  kindAt,
  LAST_KIND,
  REFERENCE,
} from './entry-layout.js'
import { copyOf, ownBytes } from './own-bytes.js'
import type { Segment } from './segment.js'
import type { Reference } from './segment-space.js'

/**
 * Bytes that a value kept by reference takes beside its own: the objects of a Buffer, and its
 * allocation. Measured on Node 20, x64, with the segment that it has: 712 bytes an entry.
 */
const REFERENCE_OVERHEAD = 256
/** Values and bodies up to this size are copied out of a segment: none pins a whole one. */
const SMALL_VALUE = 4096
/** Bytes of a value that was made again, beside its text, and how many times that is there then. */
const RESTORED_OVERHEAD = 700
const RESTORED_FACTOR = 4
const noBody = Buffer.alloc(0)

/** An entry as it is written, and the value that it refers to. */
export interface EntryForm {
  readonly entry: EntryText
  readonly reference: Reference | undefined
}

/** How values are kept: as bytes in a segment where they can be made again, else by reference. */
export class ValueForms {
  /** Functions that make values again, by kind. */
  readonly #restore: ValueParts['restore'][] = []

  /** Whether each value that has parts is kept as bytes, whatever kind it is of. */
  get takesKinds(): boolean {
    return this.#restore.length <= LAST_KIND - FIRST_RESTORED
  }

  formOf(hash: number, key: string, value: StoredValue, expires: number | null): EntryForm {
    const parts = this.#partsOf(value)
    if (parts !== undefined) return { entry: { hash, key, ...parts, expires }, reference: undefined }
    const reference = { value: ownBytes(value), cost: REFERENCE_OVERHEAD + value.byteLength }
    return { entry: { hash, key, kind: REFERENCE, head: '', body: noBody, expires }, reference }
  }

  valueAt(segment: Segment, offset: number): StoredValue {
    if (segment.reference !== undefined) return segment.reference
    const restore = this.#restore[kindAt(segment, offset) - FIRST_RESTORED]
    if (restore === undefined) return copyOf(bodyAt(segment, offset))
    return restore(headAt(segment, offset), this.#lentBody(segment, offset))
  }

  #lentBody(segment: Segment, offset: number): Buffer {
    const length = bodyLengthAt(segment, offset)
    if (length === 0) return noBody
    if (length <= SMALL_VALUE) return copyBodyAt(segment, offset)
    segment.isLent = true
    return bodyAt(segment, offset)
  }

  /** Returns what the value at a place, made again, takes beside its segment. */
  costAt(segment: Segment, offset: number): number {
    if (segment.reference !== undefined) return RESTORED_OVERHEAD
    const head = headAt(segment, offset).length
    const length = bodyLengthAt(segment, offset)
    return RESTORED_OVERHEAD + RESTORED_FACTOR * head + (length <= SMALL_VALUE ? length : 0)
  }

  /** @returns undefined: it is kept by reference */
  #partsOf(value: StoredValue): { kind: number; head: string; body: Uint8Array } | undefined {
    if (types.isUint8Array(value))
      return value.byteLength > SMALL_VALUE ? undefined : { kind: BYTES, head: '', body: value }
    const parts = (value as Encodable).parts?.()
    if (parts === undefined) return undefined
    const kind = this.#kindOf(parts.restore)
    return kind === undefined ? undefined : { kind, head: parts.head, body: parts.body }
  }

  /** @returns undefined: there are too many kinds */
  #kindOf(restore: ValueParts['restore']): number | undefined {
    const known = this.#restore.indexOf(restore)
    if (known >= 0) return FIRST_RESTORED + known
    if (!this.takesKinds) return undefined
    return FIRST_RESTORED + this.#restore.push(restore) - 1
  }
}
