import { IncomingMessage } from 'node:http'
import { extendCommonPrototype } from '../node/prototypes.js'
import { accessorOf } from './express-accessors.js'
import { ReadsPart, type RequestReads, readsOf } from './request-reads.js'
import { TakenCopies } from './taken-copies.js'
import { WatchedHeaders } from './watched-headers.js'
import { watchedObject } from './watched-object.js'

type Headers = Record<string, unknown>

/** The properties of a request that show its headers, in all their forms. */
export class ShownHeaders {
  readonly #reads: RequestReads
  readonly #raw: unknown
  readonly #taken: TakenCopies
  #headers: { readonly of: object; readonly proxy: object }
  #distinct: { readonly of: object; readonly proxy: object } | undefined

  constructor(reads: RequestReads) {
    this.#reads = reads
    this.#taken = new TakenCopies(reads)
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
    this.#taken.begin()
    this.#taken.complete()
    return this.#raw
  }

  #show(of: object): { readonly of: object; readonly proxy: object } {
    return { of, proxy: watchedObject(of as Headers, new WatchedHeaders(this.#reads, this.#taken)) }
  }

  #showDistinct(): { readonly of: object; readonly proxy: object } | undefined {
    const { req } = this.#reads
    const value = this.#reads.quietly(() => Reflect.get(IncomingMessage.prototype, 'headersDistinct', req))
    return typeof value === 'object' && value !== null ? this.#show(value) : undefined
  }
}

const headersPart = new ReadsPart<ShownHeaders>()

type Properties = Readonly<Record<string, PropertyDescriptor & ThisType<object>>>

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
 */
export function watchHeaders(reads: RequestReads): void {
  const shown = headersPart.of(reads) ?? headersPart.set(reads, new ShownHeaders(reads))
  const hasDistinct = extendCommonPrototype(reads.req, withDistinct) === true
  for (const name in properties) {
    const property = properties[name]
    const own = Object.getOwnPropertyDescriptor(reads.req, name)
    if (property === undefined || isOurs(own, property)) continue
    if (name === 'headersDistinct' && hasDistinct && own === undefined) continue
    if (name === 'headers' && own !== undefined) shown.headers = reads.req.headers
    Object.defineProperty(reads.req, name, property)
  }
}

/**
 * Watches `headersDistinct`, which few read, by the prototype of an Express application's requests:
 * a property more on each request takes V8 microseconds.
 */
function withDistinct(prototype: object): boolean {
  const { get } = accessorOf(prototype, 'headersDistinct') ?? {}
  if (get === undefined) return false
  Object.defineProperty(prototype, 'headersDistinct', {
    configurable: true,
    enumerable: false,
    get(this: IncomingMessage) {
      const shown = headersPart.of(readsOf(this))
      return shown === undefined ? get.call(this) : shown.distinct
    },
  })
  return true
}

function isOurs(own: PropertyDescriptor | undefined, property: PropertyDescriptor): boolean {
  return own?.get !== undefined && own.get === property.get
}
