import type { ServerResponse } from 'node:http'
import { type RequestReads, readsOf } from './request-reads.js'

type Method = (this: unknown, ...args: unknown[]) => unknown
type Name = 'end' | 'writeHead'

/**
 * `end` and `writeHead` of a response, as its handler sees them: whatever middlewares put in their
 * place meanwhile, a call is first seen here.
 */
export class ShownMethods {
  readonly #reads: RequestReads
  /** What stands behind the accessors: a method, or the accessor that was there. */
  readonly #behind: Record<Name, PropertyDescriptor>
  readonly #shown: Partial<Record<Name, { readonly of: unknown; readonly method: Method }>> = {}

  constructor(reads: RequestReads) {
    this.#reads = reads
    this.#behind = { end: behind(reads.res, 'end'), writeHead: behind(reads.res, 'writeHead') }
  }

  /** The current method in its wrapper: the same for as long as nothing else is put in its place. */
  get(name: Name): unknown {
    const { get, value } = this.#behind[name]
    const current: unknown = get === undefined ? value : get.call(this.#reads.res)
    if (typeof current !== 'function') return current
    const shown = this.#shown[name]
    if (shown?.of === current) return shown.method
    const method = name === 'end' ? this.#ending(current as Method) : this.#quiet(current as Method)
    this.#shown[name] = { of: current, method }
    return method
  }

  set(name: Name, method: unknown): void {
    const { set } = this.#behind[name]
    const shown = this.#shown[name]
    const value = shown?.method === method ? shown?.of : method
    if (set !== undefined) set.call(this.#reads.res, value)
    else this.#behind[name].value = value
  }

  #ending(method: Method): Method {
    const reads = this.#reads
    return function end(this: unknown, ...args: unknown[]) {
      reads.handlerEnded()
      return Reflect.apply(method, this, args)
    }
  }

  /** Hooks of `on-headers` run inside `writeHead`: sessions and compression, not the handler. */
  #quiet(method: Method): Method {
    const reads = this.#reads
    return function writeHead(this: unknown, ...args: unknown[]) {
      reads.settle()
      return reads.quietly(() => Reflect.apply(method, this, args))
    }
  }
}

function behind(res: ServerResponse, name: Name): PropertyDescriptor {
  const own = Object.getOwnPropertyDescriptor(res, name)
  return own ?? { value: res[name], writable: true, configurable: true, enumerable: false }
}

function methodProperty(name: Name): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    enumerable: false,
    get() {
      return readsOf(this)?.methods?.get(name)
    },
    set(method: unknown) {
      readsOf(this)?.methods?.set(name, method)
    },
  }
}

const endProperty = methodProperty('end')
const writeHeadProperty = methodProperty('writeHead')

/** Puts the watch in place of both methods, once a request. */
export function watchPhases(reads: RequestReads): void {
  if (reads.methods !== undefined) return
  reads.methods = new ShownMethods(reads)
  Object.defineProperty(reads.res, 'end', endProperty)
  Object.defineProperty(reads.res, 'writeHead', writeHeadProperty)
}
