/** A cookie that a response sets, or deletes. */
export interface SetCookie {
  readonly name: string
  /** undefined: the response deletes the cookie. */
  readonly value: string | undefined
}

/** Reads a Set-Cookie field (RFC 6265 §5.2); all cookies of the scenarios have Path=/. */
export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  return {
    name: pair.slice(0, equals),
    value: attributes.some(isOver) ? undefined : pair.slice(equals + 1),
  }
}

function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=', 2)
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now()
}

/** The cookies of one visitor, kept as a browser keeps them. */
export class CookieJar {
  readonly #cookies: Map<string, string>

  constructor(cookies: Readonly<Record<string, string>> = {}) {
    this.#cookies = new Map(Object.entries(cookies))
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  set(name: string, value: string | null | undefined): void {
    if (value === null || value === undefined) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  /** Returns the Cookie header; undefined where the jar is empty. */
  get header(): string | undefined {
    const pairs = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }
}
