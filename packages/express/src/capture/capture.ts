import { ServerResponse } from 'node:http'
import { type BodySample, isPromise } from '@sitecache/core/internal'
import { endBroken } from '../node/open-response.js'
import { applyHead } from './apply-head.js'
import { BodyCopy } from './body.js'
import { isHeadUtf8 } from './head-encoding.js'
import {
  type HeldResponse,
  holdResponse,
  isChunk,
  isHeadDue,
  isSwallowed,
  writeHeldHead,
} from './held-response.js'
import type { CaptureControl, Captured, CaptureObserver, ResponseWriter } from './observer.js'
import { type CapturePlace, reserveCapture, type Standing, standAt, type Writers } from './place.js'
import { refuseHead } from './pretended-head.js'

const nativeWriteHead = ServerResponse.prototype.writeHead

/**
 * Observes every way in which a response can be written, and passes bytes on untouched and at once.
 *
 * All ways lead through the `writeHead`, `write` and `end` of the response: Node's implicit head,
 * `flushHeaders` and pipes call them too. Middlewares that wrap these later (compression, sessions)
 * are inside and observed; those that did earlier are outside and are not. A response that is
 * destroyed before its end is not reported.
 *
 * @param limit bytes of body that are kept at most
 */
export function captureResponse(
  res: ServerResponse,
  limit: number,
  observer: CaptureObserver,
): CaptureControl {
  const place = reserveCapture(res)
  if (place !== undefined) return captureAt(place, res, limit, observer)
  const { writeHead, write, end } = res
  const capture = new Capture(res, limit, observer, { writeHead, write, end })
  res.writeHead = ((...args: unknown[]) => capture.writeHead(args)) as typeof writeHead
  res.write = ((...args: unknown[]) => capture.pass('write', args)) as typeof write
  res.end = ((...args: unknown[]) => capture.pass('end', args)) as typeof end
  return capture
}

/** Captures a response in a reserved place, whatever wraps its methods since. */
export function captureAt(
  place: CapturePlace,
  res: ServerResponse,
  limit: number,
  observer: CaptureObserver,
): CaptureControl {
  const capture = new Capture(res, limit, observer, place.next)
  standAt(place, res, capture)
  return capture
}

/** Capture of one response by one layer of cache. */
class Capture implements CaptureControl, Standing {
  readonly #res: ServerResponse
  readonly #observer: CaptureObserver
  readonly #next: Writers
  readonly #body: BodyCopy
  #keep = true
  readonly #samples: BodySample[] = []
  #headPassed = false
  #ended = false
  #isCutShort = false
  #isPassing = false
  #isHeadUtf8: boolean | undefined
  /** Undefined: the head goes out as it comes. */
  #held: HeldResponse | undefined

  constructor(res: ServerResponse, limit: number, observer: CaptureObserver, next: Writers) {
    this.#res = res
    this.#observer = observer
    this.#next = next
    this.#body = new BodyCopy(limit)
  }

  hold(): void {
    this.#held = holdResponse(
      this.#res,
      () => this.#abandon(),
      () => this.#cutShort(),
    )
  }

  giveUp(): void {
    this.#abandon()
  }

  sample(body: BodySample): void {
    this.#samples.push(body)
  }

  drop(): void {
    this.#keep = false
    this.#body.drop()
  }

  #abandon(): boolean {
    const held = this.#held
    if (this.#headPassed || held?.state !== 'open' || !this.#observer.abandoned()) return false
    held.swallow('giving-up')
    this.#replace()
    return true
  }

  /** The handler gives up behind a head that no client has seen: the head alone is of use. */
  #cutShort(): void {
    if (this.#ended) return
    this.#isCutShort = true
    this.#replace()
  }

  writeHead(args: unknown[]): unknown {
    const res = this.#res
    if (this.#held !== undefined && isSwallowed(this.#held)) return this.#swallowHead(this.#held, args)
    // Another head behind ours is that of a layer outside, which answers in place of us.
    if (res.headersSent || this.#headPassed || this.#held?.state === 'released')
      return Reflect.apply(this.#next.writeHead, res, args)
    applyHead(res, args)
    const action = this.#observer.head()
    if (this.#held !== undefined && (action === 'replace' || action === 'replace-early')) {
      if (action === 'replace-early') this.drop()
      this.#held.swallow('head')
      return res
    }
    this.#keep = action === 'keep'
    if (!this.#keep) this.#body.drop()
    try {
      Reflect.apply(this.#next.writeHead, res, [res.statusCode])
    } catch (error) {
      this.#observer.headFailed()
      throw error
    }
    this.#headPassed = true
    // An outer middleware may hold the head back until after our end, as express-session does while
    // it saves.
    if (this.#ended) this.#finish()
    return res
  }

  /** Takes a head that no client sees, but for that of a replacement whose end was put off. */
  #swallowHead(held: HeldResponse, args: unknown[]): unknown {
    const res = this.#res
    if (!isHeadDue(held, res)) return held.isGivenUp ? res : refuseHead(res, args)
    Reflect.apply(this.#next.writeHead, res, [res.statusCode])
    held.finish()
    return res
  }

  /**
   * Passes bytes on first and copies them afterwards: the head, which goes with the first bytes,
   * says whether to copy.
   */
  pass(name: 'write' | 'end', args: unknown[]): unknown {
    // Node throws, and the response stays as it was: an error page can still be sent.
    if (!isChunk(name, args[0])) return Reflect.apply(this.#next[name], this.#res, args)
    if (!this.#isPassing && !this.#ended) {
      this.#isHeadUtf8 ??= this.#held?.isFlushed === true || isHeadUtf8(this.#res, name, args)
      this.#tell(name, args[0])
    }
    const held = this.#held
    if (held !== undefined && held.state !== 'released' && !this.#headPassed && !this.#isPassing) {
      if (held.state === 'open') writeHeldHead(this.#res, name, args)
      if (isSwallowed(held)) return this.#swallow(name, args)
    }
    const method = this.#next[name]
    // An outer middleware may write through `res` again while it handles our bytes: these were
    // counted already.
    if (this.#isPassing || this.#ended) return Reflect.apply(method, this.#res, args)
    this.#isPassing = true
    let result: unknown
    try {
      result = Reflect.apply(method, this.#res, args)
    } finally {
      this.#isPassing = false
    }
    if (this.#keep) this.#copy(name, args)
    this.#show(args)
    if (name === 'end') {
      this.#ended = true
      if (this.#headPassed) this.#finish()
      else this.#body.keep()
    }
    return result
  }

  #tell(name: 'write' | 'end', chunk: unknown): void {
    if (name === 'end') this.#observer.ending(chunk)
    else this.#observer.written()
  }

  #show(args: unknown[]): void {
    for (const sample of this.#samples) sample.add(args[0], args[1])
  }

  #copy(name: 'write' | 'end', args: unknown[]): void {
    if (name === 'end') this.#body.end(args[0], args[1])
    else this.#body.add(args[0], args[1])
    if (!this.#body.overflowed) return
    this.#keep = false
    this.#observer.overflowed()
  }

  /** Takes a write to a response that no client sees. */
  #swallow(name: 'write' | 'end', args: unknown[]): unknown {
    if (!this.#ended && this.#keep) {
      this.#body.add(args[0], args[1])
      this.#keep = !this.#body.overflowed
    }
    if (!this.#ended) this.#show(args)
    const callback = args.find((arg): arg is () => void => typeof arg === 'function')
    if (callback !== undefined) process.nextTick(callback)
    // Nothing is slower than what nobody reads: no more of a body is waited for than is of use.
    if (!this.#ended && (name === 'end' || !this.#keep)) this.#replace()
    return name === 'write' ? true : this.#res
  }

  #replace(): void {
    this.#ended = true
    const finish = (): void => this.#held?.finish()
    const fail = (): void => this.#endBroken()
    this.#held?.release()
    try {
      const sent = this.#observer.replace(this.#outside(), this.#captured())
      if (isPromise(sent)) {
        this.#held?.suspend()
        void sent.then(finish).catch(fail)
      } else finish()
    } catch {
      fail()
    }
  }

  /** Answers in place of a replacement that failed: its own handler can't any more. */
  #endBroken(): void {
    this.#held?.release()
    endBroken(this.#res, this.#outside())
    this.#held?.finish()
  }

  /**
   * Returns the writers of the middlewares above. The handler's writes are discarded until a
   * replacement goes out through them.
   */
  #outside(): ResponseWriter {
    const next = this.#next
    return {
      prepare: () => this.#held?.release(),
      destroy: () => void this.#held?.cutOff(),
      writeHead: (...args) => this.#write(next.writeHead, args),
      write: (...args) => this.#write(next.write, args),
      end: (...args) => this.#write(next.end, args),
    }
  }

  /** Writes a part of the replacement; middlewares above may do so through `res` again. */
  #write(method: Writers[keyof Writers], args: readonly unknown[]): unknown {
    const wasPassing = this.#isPassing
    this.#isPassing = true
    this.#held?.release()
    try {
      return Reflect.apply(method, this.#res, args)
    } finally {
      this.#isPassing = wasPassing
    }
  }

  #finish(): void {
    this.#observer.end(this.#captured())
  }

  #captured(): Captured {
    const { length, overflowed, isLent } = this.#body
    const headMayDiffer = this.#next.writeHead !== nativeWriteHead
    const isHeadUtf8 = this.#isHeadUtf8 === true
    const isCutShort = this.#isCutShort
    return { body: this.#body.take(), isLent, length, overflowed, isCutShort, isHeadUtf8, headMayDiffer }
  }
}
