import type { IncomingMessage } from 'node:http'
import { isOwnRead } from '../node/own-reads.js'
import { type RequestReads, readsOf } from './request-reads.js'

/** Properties of a connection that identify the client. */
const properties = [
  'remoteAddress',
  'remotePort',
  'remoteFamily',
  'authorized',
  'authorizationError',
] as const
/**
 * Methods that do. `address()` is the server's own end, which tells clients apart where it has
 * several.
 */
const methods = ['address', 'getPeerCertificate', 'getPeerX509Certificate'] as const

const ofConnection = new WeakMap<object, Set<RequestReads>>()

/**
 * Notes when the client's address or certificate is read of its connection.
 *
 * Each connection gets accessors of its own, once: Node's prototypes stay as they are. Requests
 * that share a connection at one time (pipelined, or streams of HTTP/2) share what is noted.
 */
export function watchAddress(reads: RequestReads): void {
  const connection = connectionOf(reads.req)
  if (connection === undefined) watchSocket(reads.req)
  else join(watchersOf(connection), reads)
}

function join(watching: Set<RequestReads>, reads: RequestReads): void {
  watching.add(reads)
  reads.onStop(() => watching.delete(reads))
}

function watchersOf(connection: object): Set<RequestReads> {
  const known = ofConnection.get(connection)
  if (known !== undefined) return known
  const watching = new Set<RequestReads>()
  ofConnection.set(connection, watching)
  const tell = () => {
    if (!isOwnRead()) for (const reads of watching) reads.noteAddress()
  }
  for (const name of properties) if (name in connection) watchProperty(connection, name, tell)
  for (const name of methods) watchMethod(connection, name, tell)
  return watching
}

/**
 * Returns the connection of a request. Under HTTP/2 it is the one below the session: what a request
 * shows as its socket is a Proxy that reads from there, and on which nothing can be defined.
 */
function connectionOf(req: IncomingMessage): object | undefined {
  const stream = objectAt(req, 'stream')
  if (stream === undefined) return objectAt(req, 'socket')
  const session = objectAt(stream, 'session')
  const slot = session && Object.getOwnPropertySymbols(session).find(isSocketSlot)
  return session && slot && objectAt(session, slot)
}

function isSocketSlot({ description }: symbol): boolean {
  return description === 'socket'
}

function objectAt(owner: object, name: string | symbol): object | undefined {
  const value: unknown = Reflect.get(owner, name)
  return typeof value === 'object' && value !== null ? value : undefined
}

/**
 * Counts a look at the socket as a look at the address, where the connection itself can't be
 * reached.
 */
function watchSocket(req: IncomingMessage): void {
  const tell = () => readsOf(req)?.noteAddress()
  for (const name of ['socket', 'connection']) if (!Object.hasOwn(req, name)) watchProperty(req, name, tell)
}

function watchProperty(owner: object, name: string, tell: () => void): void {
  const own = Object.getOwnPropertyDescriptor(owner, name)
  if (own?.configurable === false) return
  const inherited: unknown = Object.getPrototypeOf(owner)
  const enumerable = own?.enumerable === true
  let assigned = own !== undefined && 'value' in own ? { value: own.value as unknown } : undefined
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable,
    get() {
      tell()
      if (assigned !== undefined) return assigned.value
      return own === undefined ? Reflect.get(Object(inherited), name, owner) : own.get?.call(owner)
    },
    set(value: unknown) {
      if (assigned !== undefined || own === undefined) assigned = { value }
      else own.set?.call(owner, value)
    },
  })
}

function watchMethod(connection: object, name: string, tell: () => void): void {
  const method: unknown = Reflect.get(connection, name)
  if (typeof method !== 'function') return
  const watched = {
    [name](this: unknown, ...args: unknown[]): unknown {
      tell()
      return Reflect.apply(method, this, args)
    },
  }
  const own = Object.getOwnPropertyDescriptor(connection, name)
  if (own?.configurable === false) return
  const descriptor = { value: watched[name], configurable: true, writable: true }
  Object.defineProperty(connection, name, { ...descriptor, enumerable: own?.enumerable === true })
}
