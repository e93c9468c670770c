import type { IncomingMessage } from 'node:http'
import { extendPrototypes } from '../node/prototypes.js'
import { type RequestReads, readsOf } from './request-reads.js'

/** Inputs that Express' own accessors stand for, beside what the key has already. */
const accessors: Readonly<Record<string, (reads: RequestReads) => void>> = {
  // Scheme and host are in the key.
  protocol: () => {},
  secure: () => {},
  host: () => {},
  hostname: () => {},
  subdomains: () => {},
  // Preconditions are the cache's to answer (RFC 9110 §13).
  fresh: () => {},
  stale: () => {},
  xhr: (reads) => reads.note('x-requested-with'),
  ip: (reads) => reads.noteAddress('accessor'),
  ips: (reads) => reads.noteAddress('accessor'),
}

/**
 * Has the accessors of an Express application's requests learned by their result: inside they read
 * headers of proxies and the client's address whether these count or not. Those of Express, and
 * those that an application has put in front of them.
 */
export function watchExpressAccessors(req: IncomingMessage): void {
  extendPrototypes(req, wrapAccessors)
}

/** The same for an application whose requests are watched before Express has seen them. */
export function watchExpressApplication(app: object): void {
  const request: unknown = Reflect.get(app, 'request')
  if (typeof request === 'object' && request !== null) watchExpressAccessors(Object.create(request))
}

function wrapAccessors(prototype: IncomingMessage): true {
  for (const [name, note] of Object.entries(accessors)) {
    const found = Object.hasOwn(prototype, name) ? accessorOf(prototype, name) : undefined
    if (found !== undefined) Object.defineProperty(prototype, name, wrapped(found, note))
  }
  return true
}

/**
 * Returns the accessor that an object has or inherits under a name; undefined: none, or one of its
 * own that is final. Those of Node's requests are final, and can be covered all the same.
 */
export function accessorOf(prototype: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, name)
    if (own === undefined) continue
    const isFinal = at === prototype && own.configurable !== true
    return own.get === undefined || isFinal ? undefined : own
  }
  return undefined
}

function wrapped(found: PropertyDescriptor, note: (reads: RequestReads) => void): PropertyDescriptor {
  const read = found.get
  return {
    ...found,
    get(this: IncomingMessage) {
      const reads = readsOf(this)
      if (reads === undefined || reads.watches.length === 0) return read?.call(this)
      note(reads)
      return reads.quietly(() => read?.call(this))
    },
  }
}
