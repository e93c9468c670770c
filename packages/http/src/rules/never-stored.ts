import { fieldValue, type HeaderMap } from '../fields/headers.js'

/**
 * Statuses that answer one request's own credentials, conditions, size, rate or connection: nothing
 * that another client asked for. RFC 6585 §3–§6: 428, 429, 431 and 511 MUST NOT be stored.
 */
const ofOneRequest: ReadonlySet<number> = new Set([
  401, 407, 408, 412, 413, 414, 416, 417, 421, 425, 426, 428, 429, 431, 511,
])

/** RFC 9110 §13.1, §14.2: fields on which the status of a response may depend. */
const conditions = [
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
] as const

/**
 * Returns whether a response answers its own request alone: by its status, or as a client error to
 * a request with a condition or a range.
 *
 * @param requestHeaders names in lower case
 */
export function answersOneRequest(status: number, requestHeaders: HeaderMap): boolean {
  if (ofOneRequest.has(status)) return true
  if (status < 400 || status > 499) return false
  return conditions.some((name) => requestHeaders[name] !== undefined)
}

/** Media types of bodies that are events as they happen, not a representation. */
const streams: ReadonlySet<string> = new Set(['text/event-stream', 'multipart/x-mixed-replace'])

/** Returns whether a response is a stream of events. @param headers names in lower case */
export function isStream(headers: HeaderMap): boolean {
  const type = headers['content-type']
  if (type === undefined) return false
  const [essence = ''] = String(fieldValue(headers, 'content-type')).split(';')
  return streams.has(essence.trim().toLowerCase())
}
