import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { BodyCopy } from './body.js'

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
  /** The head is about to leave this layer: the last moment to change it. Answers whether the body is worth keeping. */
  head(): boolean
  /** The handler has written everything, head and body. */
  end(captured: Captured): void
}

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
export function captureResponse(res: ServerResponse, limit: number, observer: CaptureObserver): void {
  const { writeHead, write, end } = res
  const body = new BodyCopy(limit)
  const state = { headPassed: false, keep: true, ended: false, inside: false }

  const finish = (): void => {
    const { length, overflowed } = body
    observer.end({ body: body.take(), length, overflowed, headMayDiffer: writeHead !== nativeWriteHead })
  }

  res.writeHead = function capturedWriteHead(...args: unknown[]): ServerResponse {
    if (res.headersSent) return Reflect.apply(writeHead, res, args)
    applyHead(res, args)
    state.keep = observer.head()
    if (!state.keep) body.drop()
    Reflect.apply(writeHead, res, [res.statusCode])
    state.headPassed = true
    // A layer outside may hold the head back until after our end (express-session saving).
    if (state.ended) finish()
    return res
  } as typeof res.writeHead

  res.write = function capturedWrite(...args: unknown[]): boolean {
    return pass(write, args, false)
  } as typeof res.write

  res.end = function capturedEnd(...args: unknown[]): ServerResponse {
    return pass(end, args, true)
  } as typeof res.end

  // Called first and copied afterwards: the head, which comes with the first bytes, says whether to copy.
  function pass<R>(method: (...args: never[]) => R, args: unknown[], last: boolean): R {
    // A layer outside that writes through `res` again while it handles our bytes: those were counted already.
    if (state.inside || state.ended) return Reflect.apply(method, res, args)
    state.inside = true
    let result: R
    try {
      result = Reflect.apply(method, res, args)
    } finally {
      state.inside = false
    }
    if (state.keep) body.add(args[0], args[1])
    if (last) {
      state.ended = true
      if (state.headPassed) finish()
    }
    return result
  }
}

/**
 * Puts what `writeHead` was given on the response, so that there is one place to read and patch; as Node itself
 * does once a header has been set (an array replaces what stood there and keeps its own repetitions).
 */
function applyHead(res: ServerResponse, args: unknown[]): void {
  const reason = typeof args[1] === 'string' ? args[1] : undefined
  const headers = reason === undefined ? (args[1] ?? args[2]) : args[2]
  // As it came: Node itself refuses what is no status.
  res.statusCode = args[0] === undefined ? res.statusCode : (args[0] as number)
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
