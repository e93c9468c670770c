import { deviceHeaders, readHeaderInput } from '@sitecache/http'
import { destinationOfCopy } from './known-readers.js'
import type { RequestReads } from './request-reads.js'

type Method = (...args: never[]) => unknown

const copied = new Set<RequestReads>()
/** Requests that a `Headers` was made from, once that is known: its fields may be changed later. */
const origins = new WeakMap<Headers, readonly RequestReads[]>()
const none: readonly RequestReads[] = []
/**
 * The method as it was; undefined: nothing is patched yet, since a look at `Headers` has Node load
 * all of fetch.
 */
let readField: Headers['get'] | undefined

/**
 * Notes reads by name of the `Headers` that were made of a request's: frameworks of the Fetch API
 * (SvelteKit, Astro, Nuxt, React Router) copy all headers into a `Request`, and read that. To be
 * called when all headers were read at once.
 *
 * A copy is known by its contents, since it goes through several hands. Where requests that are
 * under way at one time have these in common, it counts for each of them.
 */
export function watchCopies(reads: RequestReads): void {
  if (copied.has(reads)) return
  copied.add(reads)
  reads.onStop(() => copied.delete(reads))
  if (readField === undefined) patchHeaders(Headers.prototype)
}

/** Hears of the `Headers` that turn out to have been made of a request's headers. */
export interface CopySeen {
  /** One was filled field by field, after these were enumerated. */
  filled(): void
  /** One that has them all was read. */
  read(): void
}

const seen = new WeakMap<RequestReads, CopySeen>()
/** Request whose headers were enumerated last, until a `Headers` is filled with them. */
let enumerated: RequestReads | undefined
const filled = new WeakSet<Headers>()

export function watchSeen(reads: RequestReads, copies: CopySeen): void {
  if (!seen.has(reads))
    reads.onStop(() => {
      seen.delete(reads)
      if (enumerated === reads) enumerated = undefined
    })
  seen.set(reads, copies)
  enumerated = reads
}

function noteFilled(headers: Headers, field: unknown, value: unknown): void {
  if (enumerated === undefined || typeof field !== 'string' || filled.has(headers)) return
  const own = enumerated.headers[field.toLowerCase()]
  if (own === undefined || (own !== value && !(Array.isArray(own) && own.includes(String(value))))) return
  filled.add(headers)
  seen.get(enumerated)?.filled()
  enumerated = undefined
}

/**
 * Has reads of each `Headers` pass through here: from the first copy of a watched request on, and
 * once.
 */
function patchHeaders(prototype: Headers): void {
  const { get, has, getSetCookie, entries, keys, values, forEach, append, set } = prototype
  readField = get
  patch(prototype, 'append', append, noteFilled)
  patch(prototype, 'set', set, noteFilled)
  patch(prototype, 'get', get, noteField)
  patch(prototype, 'has', has, noteField)
  patch(prototype, 'getSetCookie', getSetCookie, (headers) => noteField(headers, 'set-cookie'))
  patch(prototype, 'keys', keys, noteAll)
  patch(prototype, 'values', values, noteAll)
  patch(prototype, 'forEach', forEach, noteAll)
  const iterate = patch(prototype, 'entries', entries, noteAll)
  // undici compares the two to tell its own Headers from what is only iterable.
  const own = Object.getOwnPropertyDescriptor(prototype, Symbol.iterator)
  Object.defineProperty(prototype, Symbol.iterator, { ...own, value: iterate })
}

function patch(
  prototype: Headers,
  name: string,
  method: Method,
  note: (headers: Headers, field: unknown, value: unknown) => void,
): Method {
  const { [name]: watched } = {
    [name](this: Headers, ...args: unknown[]): unknown {
      if (copied.size > 0) note(this, args[0], args[1])
      return Reflect.apply(method, this, args)
    },
  }
  Object.defineProperty(watched, 'length', { value: method.length, configurable: true })
  const own = Object.getOwnPropertyDescriptor(prototype, name)
  Object.defineProperty(prototype, name, { ...own, value: watched })
  return watched as Method
}

function noteField(headers: Headers, field: unknown): void {
  if (typeof field !== 'string') return
  const name = readHeaderInput(field)
  if (name !== undefined) for (const reads of originsOf(headers)) reads.note(name)
}

function noteAll(headers: Headers): void {
  for (const reads of originsOf(headers)) {
    reads.noteCopy()
    if (reads.silent || reads.knows('user-agent') || destinationOfCopy() !== 'device') continue
    for (const name of deviceHeaders) reads.note(name)
  }
}

function originsOf(headers: Headers): readonly RequestReads[] {
  const known = origins.get(headers)
  if (known !== undefined) return known
  const found = findOrigins(headers)
  if (found.length === 0) return found
  origins.set(headers, found)
  for (const reads of found) if (isWhole(headers, reads)) seen.get(reads)?.read()
  return found
}

/** Does it have all headers of the request? One that has fewer may be a copy's copy. */
function isWhole(headers: Headers, { headers: own }: RequestReads): boolean {
  return Object.keys(own).every((name) => name.startsWith(':') || readField?.call(headers, name) !== null)
}

function findOrigins(headers: Headers): readonly RequestReads[] {
  try {
    const [cookie, authorization, agent, host] = ['cookie', 'authorization', 'user-agent', 'host'].map(
      (name) => readField?.call(headers, name) ?? undefined,
    )
    return [...copied].filter(({ headers: own }) => {
      if (cookie !== undefined && cookie === own.cookie) return true
      if (authorization !== undefined && authorization === own.authorization) return true
      const isAgent = agent === undefined || agent === own['user-agent']
      const isHost = host === undefined || host === own.host
      return isAgent && isHost && (agent ?? host) !== undefined
    })
  } catch {
    // The method itself refuses anything but Headers.
    return none
  }
}
