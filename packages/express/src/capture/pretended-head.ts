import { ServerResponse } from 'node:http'
import { isHttp2 } from '../node/response-headers.js'

/** Property by which Node knows that a head of HTTP/1 is out: the text of it, once it is. */
const HEAD = '_header'

const changing = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const

/**
 * Makes a response look to its handler, which has written the head, as if that were out: while
 * nothing of it is sent, `headersSent` is true, and changes are refused by Node's own errors. What
 * Node would take, and send no more, is taken back by the function that is returned.
 */
export function pretendHeadSent(res: ServerResponse): () => void {
  const { statusCode } = res
  const restore = isHttp2(res) ? coverHead(res, refuseStreamed) : pretendWritten(res)
  return () => {
    restore()
    res.statusCode = statusCode
  }
}

/**
 * Discards what a handler that was given up does to the head: it knows of none that is out.
 *
 * @returns function that ends it
 */
export function ignoreHead(res: ServerResponse): () => void {
  return coverHead(res, () => res)
}

/** Writes a second head, for Node to refuse it. */
export function refuseHead(res: ServerResponse, args: readonly unknown[]): unknown {
  return isHttp2(res) ? refuseStreamed() : Reflect.apply(ServerResponse.prototype.writeHead, res, args)
}

function pretendWritten(res: ServerResponse): () => void {
  const { statusMessage } = res
  // No text: that would be read as the head on the wire.
  Reflect.set(res, HEAD, true)
  return () => {
    Reflect.set(res, HEAD, null)
    res.statusMessage = statusMessage
  }
}

function coverHead(res: ServerResponse, method: () => ServerResponse): () => void {
  // HTTP/2 has not all of them.
  const methods = changing.filter((name) => name in res)
  const before = ['headersSent', ...methods].map(
    (name) => [name, Object.getOwnPropertyDescriptor(res, name)] as const,
  )
  Object.defineProperty(res, 'headersSent', { configurable: true, value: true })
  for (const name of methods)
    Object.defineProperty(res, name, { configurable: true, writable: true, value: method })
  return () => {
    for (const [name, property] of before) {
      if (property === undefined) Reflect.deleteProperty(res, name)
      else Object.defineProperty(res, name, property)
    }
  }
}

/** @throws Error as Node's own, which can't be made by others */
function refuseStreamed(): never {
  throw Object.assign(new Error('Response has already been initiated.'), { code: 'ERR_HTTP2_HEADERS_SENT' })
}
