import { types } from 'node:util'
import { ValueError } from '../errors.js'

/** What MessagePack has no form for, or one that loses something. */
export type OddKind = 'zero' | 'utf16' | 'object' | 'map' | 'set' | 'date' | 'view'

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

/** Stands in MessagePack for a value that it would change. */
export class Odd {
  constructor(
    readonly kind: OddKind,
    readonly data: unknown,
  ) {}

  /**
   * A typed array, as its name and bytes.
   *
   * @returns undefined for one that there is no way to make again.
   */
  static ofView(view: ArrayBufferView): Odd | undefined {
    // The getter of all typed arrays: tells the name in every realm, and nothing for a DataView's.
    const name: unknown = Reflect.get(view, Symbol.toStringTag)
    if (typeof name !== 'string' || !Object.hasOwn(VIEWS, name)) return undefined
    return new Odd('view', [name, Buffer.from(view.buffer, view.byteOffset, view.byteLength)])
  }

  /**
   * The value that one stands for.
   *
   * @throws ValueError when the data is not what its kind has.
   */
  static revive(kind: unknown, data: unknown): unknown {
    if (kind === 'zero') return -0
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
