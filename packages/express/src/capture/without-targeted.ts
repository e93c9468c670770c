import type { ServerResponse } from 'node:http'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import { methodOf } from '../node/types.js'
import { applyHead } from './apply-head.js'

/**
 * Takes sitecache's own field from the head of a response that no layer of cache looks at: it is
 * never sent on.
 *
 * @param args of `writeHead`
 * @returns the arguments with which the head is written
 */
export function withoutTargeted(res: ServerResponse, args: unknown[]): unknown[] {
  const isNamed = args.length > 1 && namesIt(typeof args[1] === 'string' ? args[2] : (args[1] ?? args[2]))
  if (!isNamed && !methodOf(res, 'hasHeader').call(res, TARGETED_FIELD)) return args
  // Nothing can be changed any more; Node says so.
  if (res.headersSent) return args
  if (isNamed) applyHead(res, args)
  res.removeHeader(TARGETED_FIELD)
  return isNamed ? [res.statusCode] : args
}

function namesIt(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  return (Array.isArray(headers) ? headers : Object.keys(headers)).some(isIt)
}

/** @param text name or value, or a pair of them */
function isIt(text: unknown): boolean {
  if (Array.isArray(text)) return text.some(isIt)
  return (
    typeof text === 'string' && text.length === TARGETED_FIELD.length && text.toLowerCase() === TARGETED_FIELD
  )
}
