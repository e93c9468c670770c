import type { IncomingMessage, ServerResponse } from 'node:http'
import { currentReads, inHole, type ReadLog, remembersReads, useComputed } from '@sitecache/core/internal'
import type { HeaderMap } from '@sitecache/http'
import { RequestSlot } from '../state/request-state.js'
import { WrittenEnd } from './written-end.js'

/** One layer's watch, as the places that see reads know it. */
export interface ReadListener {
  /** Number of watches that had begun on the request when this one had. */
  readonly stage: number
  /** An input was read. */
  note(name: string): void
  /** Whether a read of this input is no news. */
  knows(name: string): boolean
  /** A property of the request was read: its value at the look-up is what the page depends on. */
  noteField(name: string): void
  /**
   * Something was read that a package which is known to read in vain has put on the request.
   *
   * @returns false where that package itself has read it
   */
  notePut(reader: string, name?: string): boolean
  /** The session is about to be read or changed. */
  beforeSession(change: boolean): void
  /** @param by an accessor of Express' requests, which frameworks below don't use */
  noteAddress(by?: 'accessor'): void
  noteCopy(): void
  /** The value of an input is about to change. */
  keepValue(name: string): void
  /** The handler has written its end. */
  handlerEnded(): void
  /** The end is passed to a method of the response. */
  endPasses(to: unknown): void
  /** Whether the head (or else the body) has not come to its layer yet, and may still change. */
  isOpen(part: 'head' | 'body'): boolean
}

/**
 * Record of what is read of one request, which tells all watches that run on it. Several layers of
 * cache share one set of accessors on the request.
 */
export class RequestReads {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Headers of the request, unwatched. */
  headers: HeaderMap
  /** Watches that have begun, stopped ones included. */
  stage = 0
  /** End of the response, as the handler and middlewares that pass it on write it. */
  readonly end = new WrittenEnd()
  /** Nothing that is read can go unseen. */
  isWatchable = true
  readonly #watches: ReadListener[] = []
  #quiet = 0
  /** Calls of `writeHead` that are under way. */
  #heads = 0
  #settlers: ((isLast: boolean) => void)[] = []
  #stoppers: (() => void)[] = []
  /** Properties that holes have set, by their names as inputs. */
  #fromHoles: Map<string, ReadLog> | undefined;
  [part: symbol]: unknown

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.req = req
    this.res = res
    this.headers = req.headers
  }

  /** Watches that a read of now may concern. */
  get watches(): readonly ReadListener[] {
    if (!this.isClosing) return this.#watches
    const part = this.#heads > 0 ? 'head' : 'body'
    return this.#watches.filter((watch) => watch.isOpen(part))
  }

  /** The head or the end is being written: a read of now may come too late to show. */
  get isClosing(): boolean {
    return this.#heads > 0 || this.end.isWritten
  }

  get isInHead(): boolean {
    return this.#heads > 0
  }

  begin(watch: ReadListener): void {
    this.#watches.push(watch)
    activeReads.add(this)
  }

  stop(watch: ReadListener): void {
    const index = this.#watches.indexOf(watch)
    if (index !== -1) this.#watches.splice(index, 1)
    if (this.#watches.length > 0 || !activeReads.delete(this)) return
    this.end.forget()
    for (const stopped of this.#stoppers.splice(0)) stopped()
  }

  /** Has a function called once no watch runs any more. */
  onStop(stopped: () => void): void {
    this.#stoppers.push(stopped)
  }

  /**
   * Is a read of now no input: inside an accessor, behind the end of all layers, in a hole? One for
   * a value that is used again is told to the watches, which ask whether it is the page's.
   */
  get silent(): boolean {
    return this.#quiet > 0 || this.watches.length === 0 || (inHole() && !remembersReads())
  }

  /** An input was read, wherever it stood at the look-up. */
  note(name: string): void {
    if (!this.silent) for (const watch of this.watches) watch.note(name)
  }

  /** Whether all watches know this input. */
  knows(name: string): boolean {
    return this.#watches.every((watch) => watch.knows(name))
  }

  noteAddress(by?: 'accessor'): void {
    if (!this.silent) for (const watch of this.watches) watch.noteAddress(by)
  }

  /** All headers were copied: what is read of the copy is not seen here. */
  noteCopy(): void {
    if (!this.silent) for (const watch of this.watches) watch.noteCopy()
  }

  /** A property was set: in a hole, it carries what the hole has read for it. */
  notePut(name: string): void {
    const log = inHole() ? currentReads() : undefined
    if (log === undefined) this.#fromHoles?.delete(name)
    else this.#fromHoles = (this.#fromHoles ?? new Map()).set(name, log)
  }

  /** A property was read: one that a hole has set is as good as what the hole has read. */
  noteUse(name: string): void {
    const log = this.#fromHoles?.get(name)
    if (log !== undefined) useComputed(this.req, log)
  }

  /** All of `res.locals` was read. */
  noteUses(prefix: string): void {
    for (const name of this.#fromHoles?.keys() ?? []) if (name.startsWith(prefix)) this.noteUse(name)
  }

  /** Runs a function whose reads are inputs, inside one whose reads are none. */
  loudly<T>(fn: () => T): T {
    const quiet = this.#quiet
    this.#quiet = 0
    try {
      return fn()
    } finally {
      this.#quiet = quiet
    }
  }

  /** Runs a function whose reads are no inputs. */
  quietly<T>(fn: () => T): T {
    this.#quiet += 1
    try {
      return fn()
    } finally {
      this.#quiet -= 1
    }
  }

  /** Runs a call of `writeHead`, with the hooks in it. */
  writingHead<T>(fn: () => T): T {
    this.settle()
    this.#heads += 1
    try {
      return fn()
    } finally {
      this.#heads -= 1
    }
  }

  /**
   * Has a function called before the head goes out, which is the last time, or another watch
   * begins.
   */
  onSettle(settle: (isLast: boolean) => void): void {
    this.#settlers.push(settle)
  }

  /** Decides of reads that could still have been part of a larger one. */
  settle(isLast = true): void {
    for (const settle of this.#settlers) settle(isLast)
  }

  /**
   * @param chunk what is written with the end, by the handler or by one that passes it on
   * @param to method that is about to be called
   */
  ending(chunk: unknown, to: unknown): void {
    const isHandlers = !this.end.isWritten
    if (isHandlers) this.settle()
    this.end.passes(chunk)
    for (const watch of this.#watches) watch.endPasses(to)
    if (isHandlers) for (const watch of this.#watches) watch.handlerEnded()
  }
}

/** A part of the record that one module alone knows: the record then needs none of its types. */
export class ReadsPart<T> {
  readonly #key = Symbol('sitecache.readsPart')

  of(reads: RequestReads | undefined): T | undefined {
    return reads?.[this.#key] as T | undefined
  }

  set(reads: RequestReads, part: T): T {
    reads[this.#key] = part
    return part
  }
}

/** Records that watches run on. */
export const activeReads: Set<RequestReads> = new Set()

/** Stands in the state of the request: each property more on one takes V8 microseconds. */
const readsSlot = new RequestSlot<RequestReads>()

/** The record of reads of a request, if it is watched. */
export function readsOf(req: object): RequestReads | undefined {
  return readsSlot.of(req as IncomingMessage)
}

/** The same by the response, which Node has know its request. */
export function readsOfResponse(res: object): RequestReads | undefined {
  const req: unknown = Reflect.get(res, 'req')
  return typeof req === 'object' && req !== null ? readsOf(req) : undefined
}

/** Runs what passes on, in the cache's own pieces, the body that a handler has written. */
export function passingOn(res: object, fn: () => void): void {
  const reads = readsOfResponse(res)
  if (reads === undefined) fn()
  else reads.end.byCache(fn)
}

/** Has a request, and its response, be known by this record. */
export function showReads(reads: RequestReads): void {
  readsSlot.set(reads.req, reads)
}

/** Runs what sitecache itself reads of a request, which is no input. */
export function quietly<T>(req: IncomingMessage, fn: () => T): T {
  const reads = readsOf(req)
  return reads === undefined ? fn() : reads.quietly(fn)
}

/** Calls a callback of the application inside `quietly` whose reads are inputs all the same. */
export function askLoudly<T>(callback: (req: IncomingMessage) => T, req: IncomingMessage): T {
  const reads = readsOf(req)
  return reads === undefined ? callback(req) : reads.loudly(() => callback(req))
}
