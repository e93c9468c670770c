import { types } from 'node:util'
import { ValueError } from '../errors.js'
import { ExtendedValue, LongText } from './extended-value.js'

/** Most levels of nesting: enough for data, few enough for the stack. */
export const MAX_DEPTH = 500

/** Longest text that MessagePack's own encoder writes as fast as Node does, in UTF-16 units. */
const SHORT = 200

/** Property name that readers of MessagePack refuse. */
const SPECIAL_KEY = '__proto__'

/**
 * Copies plain data into a form that MessagePack carries without change.
 *
 * Values are told apart by node:util `types`, not instanceof: they may come from another realm.
 *
 * @throws ValueError naming the part that can't be stored, and its place in the value.
 */
export function packable(value: unknown): unknown {
  return new Packing().copy(value)
}

/** Copy of one value, with the path of the part at hand for errors. */
class Packing {
  readonly #path: PropertyKey[] = []
  readonly #above: object[] = []

  copy(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return text(value)
      case 'number':
        return Object.is(value, -0) ? new ExtendedValue('zero', null) : value
      case 'undefined':
        if (this.#path.length === 0) throw this.#refusal('undefined')
        return new ExtendedValue('undefined', null)
      case 'bigint':
        return new ExtendedValue('bigint', String(value))
      case 'function':
      case 'symbol':
        throw this.#refusal(`a ${typeof value}`)
      case 'object':
        return value === null ? null : this.#copyObject(value)
      default:
        return value
    }
  }

  #copyObject(value: object): unknown {
    if (this.#above.includes(value)) throw this.#refusal('a cycle')
    if (this.#above.length >= MAX_DEPTH) {
      throw new ValueError(`a value nested more than ${MAX_DEPTH} deep can't be stored`)
    }
    this.#above.push(value)
    const copy = this.#copyBuiltIn(value) ?? this.#copyPlain(value)
    this.#above.pop()
    return copy
  }

  #copyBuiltIn(value: object): unknown {
    if (Buffer.isBuffer(value)) return value
    const depth = prototypes(value)
    // One prototype more is a subclass, which would be decoded as its base.
    if (ArrayBuffer.isView(value)) return depth === 3 ? ExtendedValue.ofView(value) : undefined
    if (depth !== 2) return undefined
    if (Array.isArray(value)) return this.#copyAll(value)
    if (types.isDate(value)) return new ExtendedValue('date', value.getTime())
    if (types.isSet(value)) return new ExtendedValue('set', this.#copyAll(value))
    if (types.isMap(value)) return new ExtendedValue('map', this.#copyAll(value))
    return undefined
  }

  #copyAll(values: Iterable<unknown>): unknown[] {
    return Array.from(values, (value, i) => this.#inside(value, i))
  }

  #copyPlain(value: object): unknown {
    if (!isPlain(value)) throw this.#refusal(nameOf(value))
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
      key,
      this.#inside(item, key),
    ])
    const carried = entries.every(([key]) => key.isWellFormed() && key !== SPECIAL_KEY)
    if (carried) return Object.fromEntries(entries)
    return new ExtendedValue(
      'object',
      entries.map(([key, item]) => [text(key), item]),
    )
  }

  #inside(value: unknown, key: PropertyKey): unknown {
    this.#path.push(key)
    const copy = this.copy(value)
    this.#path.pop()
    return copy
  }

  #refusal(what: string): ValueError {
    const where = this.#path.map((key) => `[${typeof key === 'string' ? JSON.stringify(key) : String(key)}]`)
    return new ValueError(
      `${what}${where.length === 0 ? '' : ` at value${where.join('')}`} can't be stored; allowed are null, booleans, ` +
        'numbers, bigints, strings, dates, arrays, plain objects, Map, Set, Buffer and typed arrays',
    )
  }
}

function text(value: string): unknown {
  if (!value.isWellFormed()) return new ExtendedValue('utf16', Buffer.from(value, 'utf16le'))
  return value.length > SHORT ? new LongText(value) : value
}

/** Returns whether the prototype is Object's, of this realm or another, or null. */
function isPlain(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && prototypes(value) <= 1
}

function prototypes(value: object): number {
  let count = 0
  for (let it = Object.getPrototypeOf(value); it !== null; it = Object.getPrototypeOf(it)) count++
  return count
}

function nameOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object of a class'
}
