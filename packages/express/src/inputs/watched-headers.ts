import { readHeaderInput } from '@sitecache/http'
import type { RequestReads } from './request-reads.js'
import type { TakenCopies } from './taken-copies.js'

type Headers = Record<string, unknown>

/** Names by which libraries find out what an object is; no client sends headers of these names. */
const probes: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['append', 'entries', 'forEach', 'get', 'getSetCookie', 'has', 'inspect', 'keys', 'length'],
  ...['nodeType', 'raw', 'set', 'then', 'toJSON', 'values'],
])

/** Proxy handler that notes which headers are read by name, and when all are. */
export class WatchedHeaders implements ProxyHandler<Headers> {
  readonly #reads: RequestReads
  readonly #taken: TakenCopies
  /** Names that an enumeration gave and that were not read since. */
  #left: Set<string> | undefined
  #parked: string[] = []

  constructor(reads: RequestReads, taken: TakenCopies) {
    this.#reads = reads
    this.#taken = taken
    reads.onSettle(() => this.settle())
  }

  get(target: Headers, key: string | symbol): unknown {
    if (typeof key === 'string') this.#noteName(target, key)
    return Reflect.get(target, key)
  }

  has(target: Headers, key: string | symbol): boolean {
    if (typeof key === 'string') this.#noteName(target, key)
    return Reflect.has(target, key)
  }

  getOwnPropertyDescriptor(target: Headers, key: string | symbol): PropertyDescriptor | undefined {
    // Enumerations ask this of each name that they were given.
    if (typeof key === 'string' && this.#left?.has(key) !== true) this.#noteName(target, key)
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  ownKeys(target: Headers): (string | symbol)[] {
    const keys = Reflect.ownKeys(target)
    if (this.#reads.silent) return keys
    this.settle()
    this.#reads.noteCopy()
    this.#left = new Set(Object.keys(target))
    this.#taken.begin()
    return keys
  }

  /**
   * Writes go to the target itself: a receiver would make the Proxy define the property once more.
   */
  set(target: Headers, key: string | symbol, value: unknown): boolean {
    return Reflect.set(target, key, value)
  }

  /**
   * Notes by name what was read after an enumeration that did not read everything: a loop that
   * looks for some headers. One that reads all makes a copy, which `header:*` stands for.
   */
  settle(): void {
    const parked = this.#parked
    this.#left = undefined
    this.#parked = []
    for (const name of parked) this.#reads.note(name)
  }

  #noteName(target: Headers, key: string): void {
    if (this.#reads.silent || (probes.has(key) && !Object.hasOwn(target, key))) return
    const name = readHeaderInput(key)
    if (name === undefined) return
    if (this.#left?.delete(key) === true) this.#park(name, this.#left.size === 0)
    else this.#reads.note(name)
  }

  #park(name: string, isLast: boolean): void {
    this.#parked.push(name)
    if (!isLast) return
    this.#left = undefined
    this.#parked = []
    this.#taken.complete()
  }
}
