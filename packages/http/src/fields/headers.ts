/** Headers by names in lower case, as `req.headers` and `res.getHeaders()` return them. */
export type HeaderMap = Readonly<Record<string, number | string | readonly string[] | undefined>>

/** RFC 9110 §7.6.1, RFC 9111 §3.1: fields of one connection, those of older HTTP included. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Returns a field's value; several lines are one list (RFC 9110 §5.3). Undefined when absent. */
export function fieldValue(headers: HeaderMap, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined || typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : value.join(', ')
}

/** Returns whether a field belongs to one connection. @param name in lower case */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name)
}

const noNames: ReadonlySet<string> = new Set()

/** Returns the names that Connection lists (RFC 9110 §7.6.1), in lower case. */
export function connectionNames(headers: HeaderMap): ReadonlySet<string> {
  const value = fieldValue(headers, 'connection')
  if (value === undefined) return noNames
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}
