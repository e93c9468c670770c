/** RFC 9110 §9.2.1, RFC 10008 §2: methods that change nothing. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/**
 * Returns whether requests of this method change nothing, so that stored responses of their URL
 * stay valid (RFC 9111 §4.4).
 *
 * @param method in upper case, as Node's `req.method`
 */
export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}
