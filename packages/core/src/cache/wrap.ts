import { createHash } from 'node:crypto'
import { msgpackCodec } from '../codec/codec.js'
import { SettingsError } from '../errors.js'
import type { GetOrSetOptions, Source } from './options.js'

/** Options of `wrap`. */
export interface WrapOptions<A extends unknown[]> extends GetOrSetOptions {
  /**
   * Makes the key from the arguments; or a name, which a digest of the arguments follows. @default
   * the function's name
   */
  readonly key?: string | ((...args: A) => string)
}

/** The part of a cache that a memoised function uses. */
interface Memory {
  getOrSet<T>(key: string, source: Source<T>, options: GetOrSetOptions): Promise<T>
}

/** Makes memoised functions, and refuses two of one cache whose keys would collide by name. */
export class Memoizer {
  readonly #named = new Map<string, unknown>()

  wrap<A extends unknown[], R>(memory: Memory, fn: (...args: A) => R, { key, ...options }: WrapOptions<A>) {
    const name = typeof key === 'string' ? key : fn.name
    if (key === undefined) this.#claim(name, fn)
    const keyOf = typeof key === 'function' ? key : (...args: A) => argumentsKey(name, args)
    const wrapped = async function (this: unknown, ...args: A): Promise<Awaited<R>> {
      return await memory.getOrSet<R>(keyOf(...args), () => fn.apply(this, args), options)
    }
    // Stack traces, and wrappers that key by name, show the function's own.
    return Object.defineProperties(wrapped, {
      name: { value: fn.name, configurable: true },
      length: { value: fn.length, configurable: true },
    })
  }

  #claim(name: string, fn: unknown): void {
    const holder = this.#named.get(name) ?? fn
    if (name === '') throw new SettingsError('wrap() needs the option key: the function has no name')
    if (holder !== fn)
      throw new SettingsError(`wrap() needs the option key: another ${name} is wrapped already`)
    this.#named.set(name, fn)
  }
}

/**
 * Makes a key that no other arguments have: their encoding tells 1 from '1' and ['a', 'b'] from
 * ['a,b']. The order in which an object's properties were set makes no difference.
 */
function argumentsKey(name: string, args: readonly unknown[]): string {
  const digest = createHash('sha256')
    .update(msgpackCodec.encode(sorted(args)))
    .digest('base64url')
  return `${name}:${digest}`
}

/** Depth beyond which the codec refuses a value, cycles included. */
const MAX_DEPTH = 500

/**
 * Copies a value with the properties of plain objects in order; the order of a Map or Set has a
 * meaning of its own.
 */
function sorted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item, depth + 1)]))
}
