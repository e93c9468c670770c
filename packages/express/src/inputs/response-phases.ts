import { ReadsPart, type RequestReads, readsOfResponse } from './request-reads.js'

type Method = (this: unknown, ...args: unknown[]) => unknown
type Name = 'end' | 'writeHead'

/** A method in the wrapper through which it is seen. */
interface Shown {
  readonly of: unknown
  readonly method: Method
}

/**
 * `end` and `writeHead` of a response, as its handler sees them: whatever middlewares put in their
 * place meanwhile, a call is first seen here.
 */
export class ShownMethods {
  readonly #reads: RequestReads
  /** Property behind each of the accessors: a method, or the accessor that was there. */
  readonly #behind: Record<Name, PropertyDescriptor> = { end: {}, writeHead: {} }
  readonly #shown: Partial<Record<Name, Shown>> = {}
  /** Wrappers that a middleware may put back. */
  readonly #made: Shown[] = []

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  /** Stands in front of what is there now, unless it does already. */
  install(name: Name): void {
    const { res } = this.#reads
    const own = Object.getOwnPropertyDescriptor(res, name)
    const property = properties[name]
    if (own?.get !== undefined && own.get === property.get) return
    this.#behind[name] = own ?? { value: res[name] }
    Object.defineProperty(res, name, property)
  }

  /** The method that is there now, without its wrapper. */
  current(name: Name): unknown {
    const { get, value } = this.#behind[name]
    return get === undefined ? value : get.call(this.#reads.res)
  }

  /**
   * The current method in its wrapper: the same for as long as nothing else is put in its place.
   */
  get(name: Name): unknown {
    const current = this.current(name)
    if (typeof current !== 'function') return current
    const shown = this.#shown[name]
    if (shown?.of === current) return shown.method
    const method = name === 'end' ? this.#ending(current as Method) : this.#heading(current as Method)
    const made = { of: current, method }
    this.#shown[name] = made
    this.#made.push(made)
    return method
  }

  set(name: Name, method: unknown): void {
    const { set } = this.#behind[name]
    const own = this.#made.find((made) => made.method === method)
    if (own !== undefined) this.#shown[name] = own
    const value = own === undefined ? method : own.of
    if (set !== undefined) set.call(this.#reads.res, value)
    else this.#behind[name].value = value
  }

  #ending(method: Method): Method {
    const reads = this.#reads
    return function end(this: unknown, ...args: unknown[]) {
      reads.ending(args[0], method)
      return Reflect.apply(method, this, args)
    }
  }

  /** Hooks of `on-headers` run inside `writeHead`. */
  #heading(method: Method): Method {
    const reads = this.#reads
    return function writeHead(this: unknown, ...args: unknown[]) {
      return reads.writingHead(() => Reflect.apply(method, this, args))
    }
  }
}

const methodsPart = new ReadsPart<ShownMethods>()

function methodProperty(name: Name): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    enumerable: false,
    get() {
      const methods = methodsPart.of(readsOfResponse(this))
      return methods === undefined ? Reflect.get(Object.getPrototypeOf(this), name) : methods.get(name)
    },
    set(method: unknown) {
      methodsPart.of(readsOfResponse(this))?.set(name, method)
    },
  }
}

const properties: Readonly<Record<Name, PropertyDescriptor>> = {
  end: methodProperty('end'),
  writeHead: methodProperty('writeHead'),
}

/**
 * Puts the watch in place of both methods, again where another accessor has been put there since.
 *
 * @returns the method by which the response ends, of the middlewares above the look-up
 */
export function watchPhases(reads: RequestReads): unknown {
  const methods = methodsPart.of(reads) ?? methodsPart.set(reads, new ShownMethods(reads))
  methods.install('end')
  methods.install('writeHead')
  return methods.current('end')
}
