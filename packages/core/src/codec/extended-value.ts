import { types } from 'node:util'
import { ValueError } from '../errors.js'

/** Kinds of values that MessagePack can't carry, or not without loss. */
export type ExtendedKind =
  | 'zero'
  | 'undefined'
  | 'bigint'
  | 'utf16'
  | 'object'
  | 'map'
  | 'set'
  | 'date'
  | 'view'

const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const

/** Text that Node encodes faster than MessagePack's encoder does. */
export class LongText {
  constructor(readonly text: string) {}
}

/** Extension value of MessagePack, in place of a value that it would change. */
export class ExtendedValue {
  constructor(
    readonly kind: ExtendedKind,
    readonly data: unknown,
  ) {}

  /**
   * Wraps a typed array, as its name and bytes.
   *
   * @returns undefined: it is of a class that can't be made again
   */
  static ofView(view: ArrayBufferView): ExtendedValue | undefined {
    // The getter of all typed arrays: it returns the name in every realm, and none for a DataView.
    const name: unknown = Reflect.get(view, Symbol.toStringTag)
    if (typeof name !== 'string' || !Object.hasOwn(VIEWS, name)) return undefined
    return new ExtendedValue('view', [name, Buffer.from(view.buffer, view.byteOffset, view.byteLength)])
  }

  /**
   * Makes the original value again.
   *
   * @throws ValueError when the data does not fit the kind.
   */
  static revive(kind: unknown, data: unknown): unknown {
    if (kind === 'zero') return -0
    if (kind === 'undefined') return undefined
    if (kind === 'bigint' && typeof data === 'string' && /^-?\d+$/.test(data)) return BigInt(data)
    if (kind === 'date' && typeof data === 'number') return new Date(data)
    if (kind === 'utf16' && types.isUint8Array(data)) return Buffer.from(data).toString('utf16le')
    if (Array.isArray(data)) return reviveList(kind, data)
    throw new ValueError('the stored bytes are not a value of sitecache')
  }
}

function reviveList(kind: unknown, data: unknown[]): unknown {
  if (kind === 'set') return new Set(data)
  if (kind === 'map') return new Map(data as [unknown, unknown][])
  // Makes properties without calling setters: the key __proto__ is one like the others.
  if (kind === 'object') return Object.fromEntries(data as [string, unknown][])
  const [name, bytes] = data
  if (
    kind === 'view' &&
    typeof name === 'string' &&
    Object.hasOwn(VIEWS, name) &&
    types.isUint8Array(bytes)
  ) {
    // A copy, because an array of more than bytes has to begin at a multiple of their size.
    return new VIEWS[name as keyof typeof VIEWS](Uint8Array.from(bytes).buffer)
  }
  throw new ValueError('the stored bytes are not a value of sitecache')
}
