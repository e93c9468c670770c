import type { ServerResponse } from 'node:http'
import { type HoleMarks, type HolePart, HoleSplitter, type SitecacheError } from '@sitecache/core'
import { applyHead } from '../capture/capture.js'
import { isPromise } from '../node/maybe-promise.js'
import type { MaybePromise } from '../node/types.js'
import { listenToDrain, pretendSent } from './deferred-response.js'
import { HoledCopy } from './holed-copy.js'
import type { InnermostWriter, Taken } from './innermost-writer.js'
import type { MarkedResponse } from './marked-response.js'
import { dropByteFields, type Filling } from './page-holes.js'
import { isBodiless, makeServerError, unfillable } from './unfillable.js'

type Written = (() => void) | undefined

/** The marks of a response, and what fills them. */
export interface HoleContents extends HoleMarks {
  contentOf(name: string): MaybePromise<string>
}

/** Bytes to be sent, or the name of a hole; and what is to be called when it is written. */
interface Queued {
  readonly part: HolePart
  readonly written: Written
}

/**
 * Fills the holes of a response on its way out, nearest to the handler: whatever stands outside (compression, digests, caches) sees
 * what the client is to get. A response that is written in one piece stays so, with the Content-Length of what it has become; of one that is
 * streamed, all that stands in front of a hole is sent at once, and the order is kept.
 */
export class HoleFilling implements Filling {
  readonly #marked: MarkedResponse
  readonly #marks: HoleContents
  readonly #res: ServerResponse
  readonly #next: Taken
  readonly #splitter: HoleSplitter
  readonly #copy: HoledCopy
  readonly #queue: Queued[] = []
  #state: 'open' | 'ended' | 'passed-on' = 'open'
  /** The head was written before the end: the body goes out in pieces. */
  #streaming = false
  #inside = false
  #waiting = false
  /** It was ended, and waits to be sent in one piece. */
  #held = false
  #owesDrain = false
  /** Its head says what filling it changes. */
  #prepared = false
  #refused = false
  /** Length of a body that goes out in one piece. */
  #whole: number | undefined
  #written: Written

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
  }

  cancel(): void {
    this.#state = 'passed-on'
    this.#prepared = true
    this.#held = false
    this.#queue.length = 0
    this.#copy.drop()
  }

  #writeHead(args: unknown[]): unknown {
    const res = this.#res
    if (this.#held) return res
    if (this.#prepared || res.headersSent) return Reflect.apply(this.#next.writeHead, res, args)
    applyHead(res, args)
    this.#prepareHead()
    if (this.#state === 'open') this.#streaming = true
    return Reflect.apply(this.#next.writeHead, res, [res.statusCode])
  }

  #write(args: unknown[]): unknown {
    const [chunk, encoding, written] = partsOf(args)
    if (this.#passes || chunk === undefined) return Reflect.apply(this.#next.write, this.#res, args)
    if (this.#state === 'ended' || this.#refused) return swallow(written)
    if (!this.#streaming) this.#res.writeHead(this.#res.statusCode)
    if (this.#refused) return swallow(written)
    this.#push(this.#splitter.push(bytesOf(chunk, encoding)), written)
    return this.#pump()
  }

  #end(args: unknown[]): unknown {
    const res = this.#res
    const [chunk, encoding, written] = partsOf(args)
    if (this.#passes) return Reflect.apply(this.#next.end, res, args)
    if (this.#state === 'ended') return swallow(written) && res
    this.#state = 'ended'
    this.#written = written
    const parts = chunk === undefined ? [] : this.#splitter.push(bytesOf(chunk, encoding))
    this.#push([...parts, ...this.#splitter.end()], undefined)
    this.#copy.finish()
    if (this.#streaming) this.#pump()
    else this.#endWhole()
    return res
  }

  /** Outside layers that write through the response again, while they handle our bytes or after. */
  get #passes(): boolean {
    return this.#inside || this.#state === 'passed-on'
  }

  #push(parts: readonly HolePart[], written: Written): void {
    if (this.#refused) return
    const last = parts.length - 1
    for (const [i, part] of parts.entries()) {
      this.#copy.add(part)
      this.#queue.push({ part, written: i === last ? written : undefined })
    }
    if (last < 0) swallow(written)
  }

  /** A body in one piece waits for all that it lacks: its head, too, can then say what filling it has changed. */
  #endWhole(): void {
    const contents = this.#queue.map(({ part }) => this.#contentOf(part))
    if (!contents.some(isPromise)) {
      this.#sendWhole(contents as Buffer[])
      return
    }
    const pretended = pretendSent(this.#res)
    this.#held = true
    void Promise.all(contents).then((all) => {
      // Behind a response that went out in its place.
      if (!this.#held) return
      pretended.undo()
      this.#held = false
      this.#guarded(() => this.#sendWhole(all))
    })
  }

  #sendWhole(contents: readonly Buffer[]): void {
    const body = Buffer.concat(contents)
    this.#queue.length = 0
    this.#whole = body.length
    this.#prepareHead()
    this.#finish(this.#refused || body.length === 0 ? undefined : body)
  }

  /** Sends what can be sent. Answers as `write` does. */
  #pump(): boolean {
    let room = true
    for (let next = this.#queue[0]; next !== undefined && !this.#waiting; next = this.#queue[0]) {
      const content = this.#contentOf(next.part)
      if (isPromise(content)) this.#waitFor(content)
      else {
        this.#queue.shift()
        room = this.#send(content, next.written)
      }
    }
    if (this.#waiting) {
      this.#owesDrain = true
      return false
    }
    if (this.#state === 'ended') this.#finish(undefined)
    return room
  }

  #waitFor(content: Promise<unknown>): void {
    this.#waiting = true
    void content.then(() => {
      this.#waiting = false
      if (this.#state !== 'passed-on') this.#guarded(() => this.#goOn())
    })
  }

  /** Where what stands outside has no room, it tells of it itself. */
  #goOn(): void {
    const room = this.#pump()
    if (this.#waiting || !this.#owesDrain) return
    this.#owesDrain = false
    if (room && this.#state === 'open') this.#res.emit('drain')
  }

  #send(bytes: Buffer, written: Written): boolean {
    this.#copy.sent += bytes.length
    if (bytes.length === 0) return swallow(written)
    return this.#within(() => Reflect.apply(this.#next.write, this.#res, [bytes, written])) !== false
  }

  #finish(body: Buffer | undefined): void {
    this.#copy.sent += body?.length ?? 0
    const args = [body, this.#written].filter((arg) => arg !== undefined)
    this.#within(() => Reflect.apply(this.#next.end, this.#res, args))
    this.#state = 'passed-on'
  }

  #within<T>(step: () => T): T {
    this.#inside = true
    try {
      return step()
    } finally {
      this.#inside = false
    }
  }

  #contentOf(part: HolePart): MaybePromise<Buffer> {
    if (typeof part !== 'string') return part
    const content = this.#marks.contentOf(part)
    return isPromise(content) ? content.then((text) => Buffer.from(text)) : Buffer.from(content)
  }

  /** What described the body as the handler wrote it goes; the layers outside learn what to keep. */
  #prepareHead(): void {
    const { page, req, res } = this.#marked
    const counted = res.hasHeader('content-length')
    this.#prepared = true
    dropByteFields(res)
    const reason = unfillable(req, res, this.#marks.token)
    if (reason !== undefined) this.#refuse(reason)
    else if (counted && this.#whole !== undefined && !isBodiless(req, res))
      res.setHeader('Content-Length', this.#whole)
    page.body = this.#copy
    if (page.isOutermost()) page.makePrivate(res)
  }

  #refuse(reason: SitecacheError): void {
    this.#refused = true
    this.#copy.drop()
    this.#queue.length = 0
    this.#marked.failed(reason)
    makeServerError(this.#res, this.#marks.token)
  }

  /** Nobody up the stack is left to catch what fails. */
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
): [chunk: string | Uint8Array | undefined, encoding: unknown, written: Written] {
  const [chunk, encoding] = args
  const written = args.find((arg): arg is () => void => typeof arg === 'function')
  return [typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : undefined, encoding, written]
}

function bytesOf(chunk: string | Uint8Array, encoding: unknown): Uint8Array {
  if (typeof chunk !== 'string') return chunk
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.from(chunk, known ? encoding : 'utf8')
}

function swallow(written: Written): true {
  if (written !== undefined) process.nextTick(written)
  return true
}
