/** Cookies of one client: the last ones. */
const MOST = 50

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Host that has set it; undefined: it is sent to any. */
  readonly host: string | undefined
}

/** Cookies of a client (RFC 6265), without domains: those of a host are sent to that host. */
export class CookieJar {
  #cookies: readonly Cookie[] = []

  /** Takes a line of Set-Cookie. */
  set(host: string | undefined, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    if (at <= 0) return
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const path = attribute(attributes, 'path')
    const cookie = { name, value, host, path: path?.startsWith('/') === true ? path : '/' }
    const others = this.#cookies.filter((one) => !isSame(one, cookie))
    this.#cookies = isOver(attributes) ? others : [...others, cookie].slice(-MOST)
  }

  /** Returns the value of Cookie for a request; undefined: there is none. */
  header(host: string | undefined, path: string): string | undefined {
    const sent = this.#cookies.filter(
      (one) => (one.host === undefined || one.host === host) && isWithin(path, one.path),
    )
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }
}

function isSame(one: Cookie, other: Cookie): boolean {
  return one.name === other.name && one.path === other.path && one.host === other.host
}

function attribute(attributes: readonly string[], name: string): string | undefined {
  const found = attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}

/** RFC 6265 §5.3: Max-Age outranks Expires. */
function isOver(attributes: readonly string[]): boolean {
  const [age, expires] = [attribute(attributes, 'max-age'), attribute(attributes, 'expires')]
  if (age !== undefined) return Number(age) <= 0
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

/** RFC 6265 §5.1.4. */
function isWithin(target: string, path: string): boolean {
  const [asked = ''] = target.split('?', 1)
  return asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/'))
}
