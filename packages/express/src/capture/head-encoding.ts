import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { isHttp2 } from '../node/response-headers.js'
import { takesLength } from './held-response.js'

/**
 * Whether Node sends the head of a response as UTF-8: it writes it as one text with the first part
 * of the body, where that is one and isn't framed as a chunk, or alone (`flushHeaders`). Beside
 * bytes it is Latin-1. Characters above ASCII are other bytes then, and clients see other values.
 *
 * @param args of the first call of `write` or `end`
 */
export function isHeadUtf8(res: ServerResponse, name: 'write' | 'end', args: readonly unknown[]): boolean {
  if (isHttp2(res)) return false
  if (Reflect.get(res, '_headerSent') === true) return true
  const [chunk, encoding] = args
  if (typeof chunk !== 'string' || chunk === '') return false
  // Node knows no other spelling here.
  if (typeof encoding === 'string' && encoding !== 'utf8' && encoding !== '') return false
  return res.hasHeader('Content-Length') || (name === 'end' && !res.headersSent && takesLength(res))
}

/** Whether headers are such as `inUtf8` returns, of which one at least has more than ASCII. */
export function areInUtf8(headers: readonly string[]): boolean {
  return headers.some((text) => aboveAscii.test(text) && isUtf8(Buffer.from(text, 'latin1')))
}

const aboveAscii = /[\x80-\xff]/

/**
 * Returns headers such that Node, which sends them beside bytes, sends those of a head in UTF-8.
 *
 * @param headers name, value, name, value
 */
export function inUtf8(headers: readonly string[]): string[] {
  return headers.map((text) => (aboveAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text))
}
