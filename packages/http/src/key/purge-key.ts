import { keyText } from './key-text.js'

/** Paths and queries that have one spelling. */
const PLAIN = /^\/(?:[\w\-.~/!$&'()*,;=:@]|\?(?=.))*$/

/**
 * Returns the text by which the pages of a URL are purged, the same for all its spellings: letter
 * case, default port and trailing dot of the host, percent-encoding, absolute form
 * (RFC 9112 §3.2.2), `\` for `/`, and `http` or `https`, since behind a proxy that is not trusted
 * an application takes the one for the other. Such spellings may have pages of their own: a purge
 * drops all of them.
 *
 * @param host undefined: the URL on whatever host
 * @param url target of a request: path and query, or in absolute form; bytes above 0x7F as Node
 *   reads them, one character each
 */
export function purgeKeyText(host: string | undefined, url: string): string {
  return keyText([host === undefined ? undefined : plainHost(host), plainUrl(url)])
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.?(?::(?:80|443))?$/, '')
}

function plainUrl(url: string): string {
  if (PLAIN.test(url)) return url
  const whole = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  const mark = whole.indexOf('?')
  const path = (mark < 0 ? whole : whole.slice(0, mark)).replaceAll('\\', '/')
  const query = mark < 0 ? '' : whole.slice(mark + 1).replaceAll('+', ' ')
  const name = decodeBytes(path.startsWith('/') ? path : `/${path}`)
  return query === '' ? name : `${name}?${decodeBytes(query)}`
}

/** Decodes escapes to one character for each byte. */
function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
