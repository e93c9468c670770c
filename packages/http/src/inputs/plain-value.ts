import { types } from 'node:util'
import { wellFormedText } from './well-formed.js'

/** Longest text of a value that enters a key, in bytes. */
const MAX_BYTES = 16_384
/** Deeper data is not plain; so are cycles, which never end. */
const MAX_DEPTH = 100
/** Larger integers are not plain: their digits take more than linear time. */
const MAX_BIGINT = 1n << 4096n

/** Text of a value, as far as it is written. `room`: UTF-16 units that may still be written. */
interface Writer {
  text: string
  room: number
}

/**
 * Text of plain data: null, undefined, booleans, numbers, bigints, strings, dates, arrays, objects
 * without a class, maps, sets, buffers and typed arrays, and of these. Two values have one text
 * exactly when they are structurally equal; order counts in arrays, maps and sets, not in objects.
 * Functions inside are not looked at, but for those by which an object says what it holds. Never
 * runs code of the application.
 *
 * @param maxBytes of the text in UTF-8
 * @returns undefined for what is not plain: a function, symbol, class instance, Proxy, accessor,
 * hidden or symbol-named property, a cycle, a text over `maxBytes`. It is no value: two values
 * without a text must never be taken for the same.
 */
export function plainText(value: unknown, maxBytes = MAX_BYTES): string | undefined {
  if (typeof value === 'function') return undefined
  const writer: Writer = { text: '', room: maxBytes }
  if (!writeValue(writer, value, 0)) return undefined
  const text = wellFormedText(writer.text)
  // A unit has at least one byte; only what is near the limit has to be counted.
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes ? text : undefined
}

/** @returns whether there was room for it */
function write(writer: Writer, text: string): boolean {
  writer.room -= text.length
  if (writer.room < 0) return false
  writer.text += text
  return true
}

/** @returns whether the value is plain, and had room */
function writeValue(writer: Writer, value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= writer.room && write(writer, `"${value.length}:${value}`)
    case 'number':
      return write(writer, Object.is(value, -0) ? '#-0;' : `#${value};`)
    case 'boolean':
      return write(writer, value ? 't' : 'f')
    case 'undefined':
      return write(writer, 'u')
    case 'bigint':
      return value < MAX_BIGINT && value > -MAX_BIGINT && write(writer, `i${value};`)
    case 'function':
      return write(writer, 'F')
    case 'object':
      return value === null ? write(writer, 'n') : writeObject(writer, value, depth + 1)
    default:
      return false
  }
}

function writeObject(writer: Writer, value: object, depth: number): boolean {
  // Any look at a Proxy, at its prototype too, would run its traps.
  if (depth > MAX_DEPTH || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return writeProperties(writer, value, '{', depth)
  if (prototype === null) return writeProperties(writer, value, '(', depth)
  if (Array.isArray(value)) return prototype === Array.prototype && writeArray(writer, value, depth)
  if (types.isTypedArray(value)) return writeBytes(writer, value, prototype)
  // Without properties of their own, none of these has a method that is not its prototype's.
  if (Reflect.ownKeys(value).length > 0) return false
  if (types.isMap(value)) return prototype === Map.prototype && writeMap(writer, value, depth)
  if (types.isSet(value)) return prototype === Set.prototype && writeSet(writer, value, depth)
  return types.isDate(value) && prototype === Date.prototype && write(writer, `d${value.getTime()};`)
}

/** Properties by name, in one order: the order in which they were set makes no difference. */
function writeProperties(writer: Writer, value: object, opening: '{' | '(', depth: number): boolean {
  const keys = Object.keys(value)
  // A hidden property is some class's own.
  if (!hasJust(keys.length, value) || !write(writer, opening)) return false
  // Sorting takes longer than writing: nothing is sorted that has no room.
  if (keys.length > writer.room) return false
  sortNames(keys)
  for (const key of keys) if (!writeProperty(writer, value, key, depth)) return false
  return write(writer, '}')
}

/** Property of an object that is watched: with it, none of its symbols are its data. */
export const ownMark = Symbol('sitecache.ownMark')

/**
 * Tells whether an object has so many properties with a text as their name, and none with a symbol.
 * Both lists together are made in a tenth of the time that `Reflect.ownKeys` takes.
 */
function hasJust(count: number, value: object): boolean {
  if (Object.getOwnPropertyNames(value).length !== count) return false
  const symbols = Object.getOwnPropertySymbols(value)
  return symbols.length === 0 || (symbols.length === 2 && symbols.includes(ownMark))
}

/** More names are sorted by the engine, whose sort takes longer to begin. */
const FEW_NAMES = 16

function sortNames(keys: string[]): void {
  if (keys.length > FEW_NAMES) keys.sort()
  else insertionSort(keys)
}

function insertionSort(names: string[]): void {
  for (let end = 1; end < names.length; end += 1) {
    const name = names[end] ?? ''
    let at = end
    for (let before = names[at - 1] ?? ''; at > 0 && before > name; before = names[at - 1] ?? '') {
      names[at] = before
      at -= 1
    }
    names[at] = name
  }
}

/**
 * Methods by which an object says what it holds elsewhere, as those of feature flags do: its own
 * properties don't tell it.
 */
const speaking: ReadonlySet<string> = new Set(['get', 'then', 'toJSON', 'toString', 'valueOf'])

function writeProperty(writer: Writer, value: object, key: string, depth: number): boolean {
  const property = Reflect.getOwnPropertyDescriptor(value, key)
  if (property === undefined || !isPlainProperty(property)) return false
  const held: unknown = property.value
  if (typeof held === 'function') return !speaking.has(key)
  return write(writer, `${key.length}:${key}`) && writeValue(writer, held, depth)
}

/** Accessors are not evaluated. */
function isPlainProperty(property: PropertyDescriptor): boolean {
  return property.enumerable === true && property.get === undefined && property.set === undefined
}

function writeArray(writer: Writer, value: readonly unknown[], depth: number): boolean {
  // Each element, and each hole, takes a character at the least.
  if (value.length > writer.room || !write(writer, `[${value.length};`)) return false
  let elements = 0
  for (let index = 0; index < value.length; index += 1) {
    const property = Reflect.getOwnPropertyDescriptor(value, index)
    if (property !== undefined) elements += 1
    if (!writeElement(writer, property, depth)) return false
  }
  // Beside its elements an array has `length`; more, as matches of expressions have, is not plain.
  return hasJust(elements + 1, value)
}

function writeElement(writer: Writer, property: PropertyDescriptor | undefined, depth: number): boolean {
  if (property === undefined) return write(writer, '_')
  return isPlainProperty(property) && writeValue(writer, property.value, depth)
}

function writeMap(writer: Writer, value: ReadonlyMap<unknown, unknown>, depth: number): boolean {
  if (!write(writer, `M${value.size};`)) return false
  for (const [key, item] of value)
    if (!writeValue(writer, key, depth) || !writeValue(writer, item, depth)) return false
  return true
}

function writeSet(writer: Writer, value: ReadonlySet<unknown>, depth: number): boolean {
  if (!write(writer, `S${value.size};`)) return false
  for (const item of value) if (!writeValue(writer, item, depth)) return false
  return true
}

/** Classes of bytes and numbers in memory, by prototype: subclasses are not plain. */
const views: ReadonlyMap<unknown, string> = new Map<unknown, string>(
  [
    Buffer,
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
  ].map((view) => [view.prototype, view.name]),
)

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype)

function writeBytes(writer: Writer, value: NodeJS.TypedArray, prototype: unknown): boolean {
  const name = views.get(prototype)
  if (name === undefined) return false
  // Read past the properties of the value, which might be accessors of the application.
  const length: unknown = Reflect.get(typedArray, 'length', value)
  if (typeof length !== 'number' || length > writer.room) return false
  if (Reflect.ownKeys(value).length !== length) return false
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (bytes.length > writer.room) return false
  return write(writer, `b${name}:${bytes.length}:${bytes.toString('latin1')}`)
}
