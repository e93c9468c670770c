/** Parameters whose values are credentials, or were sent to one client alone. */
const secretNames =
  /auth|code|csrf|hash|jwt|key|mail|nonce|otp|pass|phone|pwd|secret|sess|sid|sig|state|ticket|token|xsrf/i

/** Values that nobody has chosen by hand, as of links that reset a password. */
const randomValue = /^(?=.*\d)[\w.~+/=-]{20,}$/
const randomSegment = /^(?=.*\d)[A-Za-z0-9]{20,}$|^[\w-]{10,}\.[\w-]{10,}\.[\w-]*$/

const HIDDEN = '…'

/**
 * Returns the URL of a visitor's request as it is shown to operators: without the values of
 * parameters, and segments of the path, that may be a secret.
 */
export function shownUrl(url: string): string {
  const [path = '', ...queries] = url.split('?')
  const shown = path
    .split('/')
    .map((segment) => (randomSegment.test(segment) ? HIDDEN : segment))
    .join('/')
  return queries.length === 0 ? shown : `${shown}?${queries.join('?').split('&').map(shownPair).join('&')}`
}

function shownPair(pair: string): string {
  const equals = pair.indexOf('=')
  const [name, value] = equals < 0 ? ['', pair] : [pair.slice(0, equals), pair.slice(equals + 1)]
  const isHidden = value !== '' && ((equals >= 0 && secretNames.test(name)) || randomValue.test(value))
  if (!isHidden) return pair
  return equals < 0 ? HIDDEN : `${name}=${HIDDEN}`
}
