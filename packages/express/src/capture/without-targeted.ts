import type { ServerResponse } from 'node:http'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import { applyHead } from './apply-head.js'

/**
 * Takes sitecache's own field from the head of a response that no layer of cache looks at: it is
 * never sent on.
 *
 * @param args of `writeHead`
 * @returns the arguments with which the head is written
 */
export function withoutTargeted(res: ServerResponse, args: unknown[]): unknown[] {
  if (res.headersSent) return args
  const isNamed = namesIt(typeof args[1] === 'string' ? args[2] : (args[1] ?? args[2]))
  if (isNamed) applyHead(res, args)
  if (res.hasHeader(TARGETED_FIELD)) res.removeHeader(TARGETED_FIELD)
  return isNamed ? [res.statusCode] : args
}

function namesIt(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  const texts = Array.isArray(headers) ? headers.flat(1) : Object.keys(headers)
  return texts.some((text) => String(text).toLowerCase() === TARGETED_FIELD)
}
