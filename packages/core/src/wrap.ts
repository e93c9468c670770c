import { createHash } from 'node:crypto'
import type { GetOrSetOptions, Source } from './cache-options.js'
import { msgpackCodec } from './codec.js'
import { SettingsError } from './errors.js'

/** How the values of a wrapped function are stored. */
export interface WrapOptions<A extends unknown[]> extends GetOrSetOptions {
  /** The key for some arguments; or a name that the arguments' digest follows. @default the function's name */
  readonly key?: string | ((...args: A) => string)
}

interface Memory {
  getOrSet<T>(key: string, source: Source<T>, options: GetOrSetOptions): Promise<T>
}

/** Makes memoised functions, and sees to it that no two of a cache share keys unasked. */
export class Wrapper {
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
 * A key that no other arguments have: their encoding tells 1 from '1' and ['a', 'b'] from ['a,b']. The order in which an
 * object's properties were set makes no difference.
 */
function argumentsKey(name: string, args: readonly unknown[]): string {
  const digest = createHash('sha256')
    .update(msgpackCodec.encode(sorted(args)))
    .digest('base64url')
  return `${name}:${digest}`
}

/** What is nested deeper, or in itself, the codec refuses. */
const MAX_DEPTH = 500

/** A copy in which plain objects have their properties in order; Map and Set have an order that their makers chose. */
function sorted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item, depth + 1)]))
}
