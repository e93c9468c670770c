/** CSP Level 3 §2.3.1: nonce-source. */
const nonceSource = /'nonce-([A-Za-z0-9+/_-]+={0,2})'/gi

/**
 * Returns the nonces of policies that go out with a page but are not stored with it: a layer
 * outside
 * makes a new one for each response, so a stored body that names one of these would be blocked by
 * the browser of the next visitor.
 *
 * @param sent policies of the response
 * @param stored policies among the headers that are stored with the page
 */
export function passingNonces(sent: readonly string[], stored: readonly string[]): readonly string[] {
  const kept = new Set(noncesOf(stored))
  return noncesOf(sent).filter((nonce) => !kept.has(nonce))
}

function noncesOf(policies: readonly string[]): readonly string[] {
  return policies.flatMap((policy) => [...policy.matchAll(nonceSource)].map(([, nonce = '']) => nonce))
}
