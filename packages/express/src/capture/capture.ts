import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { after, type MaybePromise } from '@sitecache/core/internal'
import { extendPrototype } from '../node/prototypes.js'
import { BodyCopy } from './body.js'
import { type HeldResponse, holdResponse, isSwallowed, writeHeldHead } from './held-response.js'

/** What came of a response that was captured to its end. */
export interface Captured {
  readonly body: Buffer
  /** Bytes written, also those beyond the limit that were not kept. */
  readonly length: number
  readonly overflowed: boolean
  /** Layers outside ours may have changed the head after us: only the wire knows. */
  readonly headMayDiffer: boolean
}

/** Who wants to know of a response. */
export interface CaptureObserver {
  /**
   * The head is about to leave this layer: the last moment to change it. Answers whether to keep the body, only pass it on, or
   * keep the whole response from leaving: then `replace` is called once the handler has written its end.
   */
  head(): 'keep' | 'pass' | 'replace'
  /** The body has become longer than is kept of it. */
  overflowed(): void
  /** The handler has written everything, head and body. */
  end(captured: Captured): void
  /**
   * The handler is done with a response that nobody will see: another goes out in its place, through `out`. A promise: once it is
   * there.
   */
  replace(out: ResponseWriter, captured: Captured): MaybePromise<void>
  /** The handler gives its connection up before its head, or takes too long: is there something to answer in its place? */
  abandoned(): boolean
}

/** Where a whole response is written to: a response itself, or what stands outside a layer that captures it. */
export interface ResponseWriter {
  writeHead(status: number, headers?: string[]): unknown
  end(body?: Buffer): unknown
}

/** What `captureResponse` answers. */
export interface CaptureControl {
  /**
   * Keeps the head back until it is known what it says: for exchanges in which another response may go out in place of the
   * handler's. To be called before the handler runs.
   */
  hold(): void
  /** Answers in the handler's place, which has taken too long: what it writes from now on goes nowhere. */
  giveUp(): void
}

/** The three methods through which everything is written. */
export type Writers = Pick<ServerResponse, 'writeHead' | 'write' | 'end'>

const nativeWriteHead = ServerResponse.prototype.writeHead

/**
 * Sees every way in which a response can be written, and passes bytes on untouched and at once.
 *
 * All ways lead through the `writeHead`, `write` and `end` of the response: Node's implicit head, `flushHeaders`
 * and pipes call them too. Layers put on later (compression, sessions) stand inside and are seen; those put on
 * earlier stand outside and are not. Nothing is reported of a response that is destroyed before its end.
 *
 * @param limit bytes of body that are kept at the most
 */
export function captureResponse(
  res: ServerResponse,
  limit: number,
  observer: CaptureObserver,
): CaptureControl {
  const patched = Object.hasOwn(res, 'writeHead') || Object.hasOwn(res, 'write') || Object.hasOwn(res, 'end')
  const shared = patched ? undefined : extendPrototype(res, capturing)
  const locals = localsOf(res, 'locals')
  if (shared !== undefined && locals !== undefined && locals[shared.slot] === undefined) {
    const capture = new Capture(res, limit, observer, shared.next)
    locals[shared.slot] = capture
    return capture
  }
  const { writeHead, write, end } = res
  const capture = new Capture(res, limit, observer, { writeHead, write, end })
  res.writeHead = ((...args: unknown[]) => capture.writeHead(args)) as typeof writeHead
  res.write = ((...args: unknown[]) => capture.pass('write', args)) as typeof write
  res.end = ((...args: unknown[]) => capture.pass('end', args)) as typeof end
  return capture
}

/** Express's place for what belongs to one response. Not a WeakMap: V8's young collections keep its values, and with them the exchange. */
const localsOf: (res: ServerResponse, name: 'locals') => { [slot: symbol]: Capture | undefined } | undefined =
  Reflect.get

/** The same three methods, for all responses of an application: those that are captured go through their capture. */
function capturing(prototype: Writers): { readonly next: Writers; readonly slot: symbol } {
  const slot = Symbol('sitecache.capture')
  const next = { writeHead: prototype.writeHead, write: prototype.write, end: prototype.end }
  prototype.writeHead = function writeHead(this: ServerResponse, ...args: unknown[]) {
    const capture = localsOf(this, 'locals')?.[slot]
    return capture === undefined ? Reflect.apply(next.writeHead, this, args) : capture.writeHead(args)
  } as Writers['writeHead']
  prototype.write = function write(this: ServerResponse, ...args: unknown[]) {
    const capture = localsOf(this, 'locals')?.[slot]
    return capture === undefined ? Reflect.apply(next.write, this, args) : capture.pass('write', args)
  } as Writers['write']
  prototype.end = function end(this: ServerResponse, ...args: unknown[]) {
    const capture = localsOf(this, 'locals')?.[slot]
    return capture === undefined ? Reflect.apply(next.end, this, args) : capture.pass('end', args)
  } as Writers['end']
  return { next, slot }
}

/** One response, as one layer of cache sees it. */
class Capture implements CaptureControl {
  readonly #res: ServerResponse
  readonly #observer: CaptureObserver
  readonly #next: Writers
  readonly #body: BodyCopy
  #keep = true
  #headPassed = false
  #ended = false
  #inside = false
  /** Undefined: the head goes out as it comes. */
  #held: HeldResponse | undefined

  constructor(res: ServerResponse, limit: number, observer: CaptureObserver, next: Writers) {
    this.#res = res
    this.#observer = observer
    this.#next = next
    this.#body = new BodyCopy(limit)
  }

  hold(): void {
    this.#held = holdResponse(this.#res, () => this.#abandon())
  }

  giveUp(): void {
    this.#abandon()
  }

  #abandon(): boolean {
    const held = this.#held
    if (this.#headPassed || held?.state !== 'open' || !this.#observer.abandoned()) return false
    held.swallow()
    this.#replace()
    return true
  }

  writeHead(args: unknown[]): unknown {
    const res = this.#res
    if (this.#held !== undefined && isSwallowed(this.#held)) return res
    if (res.headersSent || this.#held?.state === 'released')
      return Reflect.apply(this.#next.writeHead, res, args)
    applyHead(res, args)
    const verdict = this.#observer.head()
    if (verdict === 'replace' && this.#held !== undefined) {
      this.#held.swallow()
      return res
    }
    this.#keep = verdict === 'keep'
    if (!this.#keep) this.#body.drop()
    Reflect.apply(this.#next.writeHead, res, [res.statusCode])
    this.#headPassed = true
    // A layer outside may hold the head back until after our end (express-session saving).
    if (this.#ended) this.#finish()
    return res
  }

  /** Passed on first and copied afterwards: the head, which goes with the first bytes, says whether to copy. */
  pass(name: 'write' | 'end', args: unknown[]): unknown {
    const held = this.#held
    if (held !== undefined && held.state !== 'released' && !this.#headPassed && !this.#inside) {
      if (held.state === 'open') writeHeldHead(this.#res, name, args)
      if (isSwallowed(held)) return this.#swallow(name, args)
    }
    const method = this.#next[name]
    // A layer outside that writes through `res` again while it handles our bytes: those were counted already.
    if (this.#inside || this.#ended) return Reflect.apply(method, this.#res, args)
    this.#inside = true
    let result: unknown
    try {
      result = Reflect.apply(method, this.#res, args)
    } finally {
      this.#inside = false
    }
    if (this.#keep) this.#copy(args)
    if (name === 'end') {
      this.#ended = true
      if (this.#headPassed) this.#finish()
    }
    return result
  }

  #copy(args: unknown[]): void {
    this.#body.add(args[0], args[1])
    if (!this.#body.overflowed) return
    this.#keep = false
    this.#observer.overflowed()
  }

  /** What the handler writes of a response that nobody will see. */
  #swallow(name: 'write' | 'end', args: unknown[]): unknown {
    if (!this.#ended) this.#body.add(args[0], args[1])
    const written = args.find((arg): arg is () => void => typeof arg === 'function')
    if (written !== undefined) process.nextTick(written)
    if (name === 'write') return true
    if (!this.#ended) this.#replace()
    return this.#res
  }

  #replace(): void {
    this.#ended = true
    void after(this.#observer.replace(this.#outside(), this.#captured()), () => this.#held?.finish())
  }

  /** What stands outside this layer. Until another response is written to it, what the handler still writes goes nowhere. */
  #outside(): ResponseWriter {
    const [held, { writeHead, end }] = [this.#held, this.#next]
    return {
      writeHead(this: ServerResponse, ...args: unknown[]) {
        held?.release()
        return Reflect.apply(writeHead, this, args)
      },
      end(this: ServerResponse, ...args: unknown[]) {
        held?.release()
        return Reflect.apply(end, this, args)
      },
    }
  }

  #finish(): void {
    this.#observer.end(this.#captured())
  }

  #captured(): Captured {
    const { length, overflowed } = this.#body
    const headMayDiffer = this.#next.writeHead !== nativeWriteHead
    return { body: this.#body.take(), length, overflowed, headMayDiffer }
  }
}

/**
 * Puts what `writeHead` was given on the response, so that there is one place to read and patch; as Node itself
 * does once a header has been set (an array replaces what stood there and keeps its own repetitions).
 */
export function applyHead(res: ServerResponse, args: unknown[]): void {
  const reason = typeof args[1] === 'string' ? args[1] : undefined
  const headers = reason === undefined ? (args[1] ?? args[2]) : args[2]
  // As it came: Node itself refuses what is no status.
  if (args[0] !== undefined) res.statusCode = args[0] as number
  if (reason !== undefined) res.statusMessage = reason
  if (Array.isArray(headers)) applyRawHeaders(res, headers)
  else if (typeof headers === 'object' && headers !== null) applyHeaders(res, headers as OutgoingHttpHeaders)
}

function applyHeaders(res: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name !== '' && value !== undefined) res.setHeader(name, value)
  }
}

function applyRawHeaders(res: ServerResponse, list: unknown[]): void {
  const flat = (Array.isArray(list[0]) ? list.flat(1) : list) as OutgoingHttpHeader[]
  for (let i = 0; i < flat.length; i += 2) res.removeHeader(String(flat[i]))
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const value = flat[i + 1]
    if (value !== undefined) res.appendHeader(String(flat[i]), Array.isArray(value) ? value : String(value))
  }
}
