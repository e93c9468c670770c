import type { ServerResponse } from 'node:http'
import { types } from 'node:util'
import type { SitecacheError } from '@sitecache/core'
import {
  type HoleMarks,
  type HolePart,
  HoleSplitter,
  isPromise,
  type MaybePromise,
} from '@sitecache/core/internal'
import { applyHead } from '../capture/apply-head.js'
import { listenToDrain, pretendSent } from './deferred-response.js'
import { FillQueue, type WriteCallback } from './fill-queue.js'
import { HoledCopy } from './holed-copy.js'
import type { InnermostWriter, Taken } from './innermost-writer.js'
import type { MarkedResponse } from './marked-response.js'
import { dropByteFields, type Filling } from './page-holes.js'
import { isBodiless, makeServerError, unfillable } from './unfillable.js'

/** The marks of a response, and the contents of its holes. */
export interface HoleContents extends HoleMarks {
  contentOf(name: string): MaybePromise<string>
}

/** Progress of a response with holes; each state holds only what it needs. */
type State =
  /** Neither head nor end was written. */
  | { readonly kind: 'collecting' }
  /** The head was written before the end: the body goes out in pieces. */
  | { readonly kind: 'streaming'; ended: boolean; owesDrain: boolean; written: WriteCallback }
  /** Ended before its head, and sent in one piece once all its holes are filled. */
  | { readonly kind: 'waiting'; readonly written: WriteCallback; readonly pretended: { undo(): void } }
  /** The head says 500: further writes of the handler are discarded. */
  | { readonly kind: 'refused'; ended: boolean }
  /** Another response goes out, or all is written: writes pass the filling by. */
  | { readonly kind: 'passed-on' }

const passedOn: State = { kind: 'passed-on' }

/**
 * Fills the holes of a response on its way out, nearest to the handler: outer middlewares and
 * caches (compression, digests) see the filled body. A response written in one piece stays so, with
 * its final Content-Length; a streamed one is sent in order, up to the first open hole.
 */
export class HoleFilling implements Filling {
  readonly #marked: MarkedResponse
  readonly #marks: HoleContents
  readonly #res: ServerResponse
  readonly #next: Taken
  readonly #splitter: HoleSplitter
  readonly #copy: HoledCopy
  readonly #queue: FillQueue
  #state: State = { kind: 'collecting' }
  /**
   * Nesting of our own writes, under which outer middlewares may write through the response again.
   */
  #depth = 0

  constructor(marked: MarkedResponse, marks: HoleContents, innermost: InnermostWriter) {
    this.#marked = marked
    this.#marks = marks
    this.#res = marked.res
    this.#next = innermost.take({
      writeHead: (...args) => this.#writeHead(args),
      write: (...args) => this.#write(args),
      end: (...args) => this.#end(args),
    })
    marked.page.filling = this
    listenToDrain(marked.res)
    this.#splitter = new HoleSplitter(marks)
    this.#copy = new HoledCopy(marks, marked.page.limit)
    this.#queue = new FillQueue((name) => marks.contentOf(name))
  }

  cancel(): void {
    this.#state = passedOn
    this.#queue.clear()
    this.#copy.drop()
  }

  #writeHead(args: unknown[]): unknown {
    const res = this.#res
    if (this.#state.kind === 'waiting') return res
    if (this.#state.kind !== 'collecting' || res.headersSent)
      return Reflect.apply(this.#next.writeHead, res, args)
    applyHead(res, args)
    this.#state = { kind: 'streaming', ended: false, owesDrain: false, written: undefined }
    this.#prepareHead(undefined)
    return Reflect.apply(this.#next.writeHead, res, [res.statusCode])
  }

  #write(args: unknown[]): unknown {
    const [chunk, encoding, written] = partsOf(args)
    if (this.#passes || chunk === undefined) return Reflect.apply(this.#next.write, this.#res, args)
    if (this.#state.kind === 'collecting') this.#res.writeHead(this.#res.statusCode)
    if (this.#hasEnded || this.#state.kind === 'refused') return discard(written)
    this.#push(this.#splitter.push(bytesOf(chunk, encoding)), written)
    return this.#pump()
  }

  #end(args: unknown[]): unknown {
    const res = this.#res
    const [chunk, encoding, written] = partsOf(args)
    if (this.#passes) return Reflect.apply(this.#next.end, res, args)
    if (this.#hasEnded) return discard(written) && res
    const parts = chunk === undefined ? [] : this.#splitter.push(bytesOf(chunk, encoding))
    this.#push([...parts, ...this.#splitter.end()], undefined)
    this.#copy.finish()
    if (this.#state.kind === 'streaming') {
      this.#state = { ...this.#state, ended: true, written }
      this.#pump()
    } else if (this.#state.kind === 'refused') this.#sendEnd(undefined, written)
    else this.#endWhole(written)
    return res
  }

  /** Whether a write comes from an outer middleware, while it handles our bytes or after. */
  get #passes(): boolean {
    return this.#depth > 0 || this.#state.kind === 'passed-on'
  }

  get #hasEnded(): boolean {
    const state = this.#state
    return state.kind === 'waiting' || ('ended' in state && state.ended)
  }

  #push(parts: readonly HolePart[], written: WriteCallback): void {
    if (this.#state.kind === 'refused') return
    for (const part of parts) this.#copy.add(part)
    if (parts.length === 0) discard(written)
    else this.#queue.push(parts, written)
  }

  /**
   * Ends a body in one piece: it waits for all its holes, so that its head fits the filled body.
   */
  #endWhole(written: WriteCallback): void {
    const contents = this.#queue.contents()
    if (!contents.some(isPromise)) {
      this.#sendWhole(contents as Buffer[], written)
      return
    }
    const pretended = pretendSent(this.#res)
    const state: State = { kind: 'waiting', written, pretended }
    this.#state = state
    void Promise.all(contents).then((all) => {
      pretended.undo()
      // Another response went out in its place.
      if (this.#state !== state) return
      this.#guarded(() => this.#sendWhole(all, written))
    })
  }

  #sendWhole(contents: readonly Buffer[], written: WriteCallback): void {
    const body = Buffer.concat(contents)
    this.#queue.clear()
    this.#prepareHead(body.length)
    this.#sendEnd(this.#state.kind === 'refused' || body.length === 0 ? undefined : body, written)
  }

  /** Sends all parts up to the first open hole. Returns what `write` returns. */
  #pump(): boolean {
    const state = this.#state
    if (state.kind !== 'streaming') return true
    let room = true
    const waiting = this.#queue.drain((bytes, written) => {
      room = this.#send(bytes, written)
    })
    if (waiting !== undefined) {
      this.#state = { ...state, owesDrain: true }
      void waiting.then(() => this.#guarded(() => this.#resume()))
      return false
    }
    if (this.#queue.isWaiting) {
      this.#state = { ...state, owesDrain: true }
      return false
    }
    if (state.ended) this.#sendEnd(undefined, state.written)
    return room
  }

  /**
   * Continues behind a hole. If the outer stream is full it emits `drain` itself; emit it here only
   * when we waited for a hole and nothing else.
   */
  #resume(): void {
    if (this.#state.kind !== 'streaming') return
    const room = this.#pump()
    const state = this.#state
    if (state.kind !== 'streaming' || this.#queue.isWaiting || !state.owesDrain) return
    this.#state = { ...state, owesDrain: false }
    if (room && !state.ended) this.#res.emit('drain')
  }

  #send(bytes: Buffer, written: WriteCallback): boolean {
    this.#copy.sent += bytes.length
    if (bytes.length === 0) return discard(written)
    return this.#within(() => Reflect.apply(this.#next.write, this.#res, [bytes, written])) !== false
  }

  #sendEnd(body: Buffer | undefined, written: WriteCallback): void {
    this.#copy.sent += body?.length ?? 0
    const args = [body, written].filter((arg) => arg !== undefined)
    this.#state = passedOn
    Reflect.apply(this.#next.end, this.#res, args)
  }

  #within<T>(step: () => T): T {
    this.#depth += 1
    try {
      return step()
    } finally {
      this.#depth -= 1
    }
  }

  /**
   * Drops the fields that described the handler's own bytes, and shows the outer layers the body to
   * store.
   *
   * @param whole bytes of a body that goes out in one piece
   */
  #prepareHead(whole: number | undefined): void {
    const { page, req, res } = this.#marked
    const counted = res.hasHeader('content-length')
    dropByteFields(res)
    const reason = unfillable(req, res, this.#marks.token)
    if (reason !== undefined) this.#refuse(reason)
    else if (counted && whole !== undefined && !isBodiless(req, res)) res.setHeader('Content-Length', whole)
    page.body = this.#copy
    if (page.isOutermost()) page.makePrivate(res)
  }

  #refuse(reason: SitecacheError): void {
    this.#state = { kind: 'refused', ended: this.#hasEnded }
    this.#copy.drop()
    this.#queue.clear()
    this.#marked.failed(reason)
    makeServerError(this.#res, this.#marks.token)
  }

  /** Runs a step, and destroys the response when it fails: no caller is left to catch the error. */
  #guarded(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#marked.failed(error)
      this.#res.destroy()
    }
  }
}

function partsOf(
  args: readonly unknown[],
): [chunk: string | Uint8Array | undefined, encoding: unknown, written: WriteCallback] {
  const [chunk, encoding] = args
  const written = args.find((arg): arg is () => void => typeof arg === 'function')
  return [typeof chunk === 'string' || types.isUint8Array(chunk) ? chunk : undefined, encoding, written]
}

function bytesOf(chunk: string | Uint8Array, encoding: unknown): Uint8Array {
  if (typeof chunk !== 'string') return chunk
  const isKnown = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.from(chunk, isKnown ? encoding : 'utf8')
}

/** Discards a write, but calls its callback. */
function discard(written: WriteCallback): true {
  if (written !== undefined) process.nextTick(written)
  return true
}
