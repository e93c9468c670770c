import { IncomingMessage } from 'node:http'
import { extendCommonPrototype } from '../node/prototypes.js'
import { accessorOf } from './express-accessors.js'
import { ReadsPart, type RequestReads, readsOf } from './request-reads.js'
import { WatchedHeaders } from './watched-headers.js'

type Headers = Record<string, unknown>

/** Proxy handler that notes a look at a list of all headers. */
class WatchedList implements ProxyHandler<string[]> {
  readonly #reads: RequestReads

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  get(target: string[], key: string | symbol): unknown {
    this.#reads.noteCopy()
    return Reflect.get(target, key)
  }

  has(target: string[], key: string | symbol): boolean {
    this.#reads.noteCopy()
    return Reflect.has(target, key)
  }

  getOwnPropertyDescriptor(target: string[], key: string | symbol): PropertyDescriptor | undefined {
    this.#reads.noteCopy()
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  ownKeys(target: string[]): (string | symbol)[] {
    this.#reads.noteCopy()
    return Reflect.ownKeys(target)
  }
}

/** The properties of a request that show its headers, in all their forms. */
export class ShownHeaders {
  readonly #reads: RequestReads
  readonly #raw: unknown
  #headers: { readonly of: object; readonly proxy: object }
  #rawProxy: string[] | undefined
  #distinct: { readonly of: object; readonly proxy: object } | undefined

  constructor(reads: RequestReads) {
    this.#reads = reads
    this.#headers = this.#show(reads.headers)
    this.#raw = reads.req.rawHeaders
  }

  get headers(): object {
    return this.#headers.proxy
  }

  set headers(value: unknown) {
    if (value === this.#headers.proxy || typeof value !== 'object' || value === null) return
    this.#reads.headers = value as RequestReads['headers']
    this.#headers = this.#show(value)
  }

  get distinct(): object | undefined {
    this.#distinct ??= this.#showDistinct()
    return this.#distinct?.proxy
  }

  get raw(): unknown {
    this.#reads.noteCopy()
    return this.#raw
  }

  /** Shows a list of all headers in place of the one that stands on the request. */
  showRaw(list: string[]): void {
    if (list === this.#rawProxy) return
    this.#rawProxy = new Proxy(list, new WatchedList(this.#reads))
    this.#reads.req.rawHeaders = this.#rawProxy
  }

  #show(of: object): { readonly of: object; readonly proxy: object } {
    return { of, proxy: new Proxy(of as Headers, new WatchedHeaders(this.#reads)) }
  }

  #showDistinct(): { readonly of: object; readonly proxy: object } | undefined {
    const { req } = this.#reads
    const value = this.#reads.quietly(() => Reflect.get(IncomingMessage.prototype, 'headersDistinct', req))
    return typeof value === 'object' && value !== null ? this.#show(value) : undefined
  }
}

const headersPart = new ReadsPart<ShownHeaders>()

type Properties = Readonly<
  Record<'headers' | 'headersDistinct' | 'rawHeaders', PropertyDescriptor & ThisType<object>>
>

const properties: Properties = {
  // Not enumerable, as on Node's prototype: a copy of the request has no headers.
  headers: {
    configurable: true,
    enumerable: false,
    get() {
      return headersPart.of(readsOf(this))?.headers
    },
    set(value: unknown) {
      const shown = headersPart.of(readsOf(this))
      if (shown !== undefined) shown.headers = value
    },
  },
  headersDistinct: {
    configurable: true,
    enumerable: false,
    get() {
      return headersPart.of(readsOf(this))?.distinct
    },
  },
  rawHeaders: {
    configurable: true,
    enumerable: true,
    get() {
      return headersPart.of(readsOf(this))?.raw
    },
    set(value: unknown) {
      const descriptor = { value, writable: true, configurable: true, enumerable: true }
      Object.defineProperty(this, 'rawHeaders', descriptor)
    },
  },
}

/**
 * Puts the watch in place of a request's headers, again where the application has defined its own.
 *
 * In place of values wherever it can: each property that is added to a request takes V8
 * microseconds.
 */
export function watchHeaders(reads: RequestReads): void {
  const { req } = reads
  const shown = headersPart.of(reads) ?? headersPart.set(reads, new ShownHeaders(reads))
  const inherited = extendCommonPrototype(req, withAccessors)
  watchField(req, shown, inherited)
  if (inherited?.hasDistinct !== true || Object.hasOwn(req, 'headersDistinct'))
    watchProperty(req, 'headersDistinct')
  const raw = Object.getOwnPropertyDescriptor(req, 'rawHeaders')
  if (raw?.writable === true && Array.isArray(raw.value)) shown.showRaw(raw.value)
  else watchProperty(req, 'rawHeaders')
}

function watchField(req: IncomingMessage, shown: ShownHeaders, inherited: Inherited | undefined): void {
  const own = Object.getOwnPropertyDescriptor(req, 'headers')
  if (own === undefined && inherited?.setHeaders !== undefined) {
    if (req.headers !== shown.headers) inherited.setHeaders.call(req, shown.headers)
    // An application's prototype may have an accessor of its own.
    if (req.headers === shown.headers) return
  }
  if (isOurs(own, properties.headers)) return
  if (own !== undefined) shown.headers = req.headers
  watchProperty(req, 'headers')
}

function watchProperty(req: IncomingMessage, name: keyof typeof properties): void {
  const own = Object.getOwnPropertyDescriptor(req, name)
  if (!isOurs(own, properties[name])) Object.defineProperty(req, name, properties[name])
}

/** Accessors of Node that the prototype of Express' requests has of its own. */
interface Inherited {
  /** Node's own setter; undefined where there is none, as over HTTP/2. */
  readonly setHeaders: ((this: IncomingMessage, value: object) => void) | undefined
  readonly hasDistinct: boolean
}

/**
 * Watches `headersDistinct`, which few read, and assignments of `headers`, which fewer make, by the
 * prototype.
 */
function withAccessors(prototype: IncomingMessage): Inherited {
  const { get, set } = accessorOf(prototype, 'headers') ?? {}
  if (get !== undefined && set !== undefined)
    Object.defineProperty(prototype, 'headers', {
      configurable: true,
      enumerable: false,
      get,
      set(this: IncomingMessage, value: unknown) {
        const shown = headersPart.of(readsOf(this))
        if (shown !== undefined) shown.headers = value
        set.call(this, shown === undefined ? value : shown.headers)
      },
    })
  const distinct = accessorOf(prototype, 'headersDistinct')?.get
  if (distinct !== undefined)
    Object.defineProperty(prototype, 'headersDistinct', {
      configurable: true,
      enumerable: false,
      get(this: IncomingMessage) {
        const shown = headersPart.of(readsOf(this))
        return shown === undefined ? distinct.call(this) : shown.distinct
      },
    })
  return { setHeaders: get && set, hasDistinct: distinct !== undefined }
}

function isOurs(own: PropertyDescriptor | undefined, property: PropertyDescriptor): boolean {
  return own?.get !== undefined && own.get === property.get
}
