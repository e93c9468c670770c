import type { IncomingMessage, ServerResponse } from 'node:http'
import { types } from 'node:util'
import type { BodySample } from '@sitecache/core/internal'
import { isHttp2 } from '../node/response-headers.js'

/** Counts the bytes of a response's body. */
export class BodyCount implements BodySample {
  #bytes: number | undefined
  #socketBefore = 0

  add(chunk: unknown, encoding: unknown): void {
    this.#bytes = (this.#bytes ?? 0) + lengthOf(chunk, encoding)
  }

  /** Begins with a response whose writes nothing shows: what comes next over its connection. */
  begin(req: IncomingMessage, res: ServerResponse): void {
    this.#bytes = undefined
    if (isHttp2(res)) this.#watch(res)
    else this.#socketBefore = req.socket?.bytesWritten ?? 0
  }

  /** Streams of HTTP/2 share a connection. Its `end` calls `write`. */
  #watch(res: ServerResponse): void {
    const { write } = res
    this.#bytes = 0
    res.write = ((...args: unknown[]) => {
      const result: unknown = Reflect.apply(write, res, args)
      this.add(args[0], args[1])
      return result
    }) as typeof write
  }

  /** Returns the bytes of a body that is over: what its head says, where it came to its end. */
  of(req: IncomingMessage, res: ServerResponse): number {
    if (req.method === 'HEAD' || res.statusCode === 304) return 0
    const announced = res.writableEnded ? Number(res.getHeader('content-length')) : Number.NaN
    if (Number.isSafeInteger(announced) && announced >= 0) return announced
    return this.#bytes ?? this.#overSocket(req, res)
  }

  /** HTTP may have put something around its chunks. */
  #overSocket(req: IncomingMessage, res: ServerResponse): number {
    const head: unknown = Reflect.get(res, '_header')
    const headLength = typeof head === 'string' ? head.length : 0
    return Math.max(0, (req.socket?.bytesWritten ?? 0) - this.#socketBefore - headLength)
  }
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (types.isUint8Array(chunk)) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  const isKnown = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return Buffer.byteLength(chunk, isKnown ? encoding : 'utf8')
}
