import { ALL_COOKIES, cookieInput, cookiePairs } from '@sitecache/http'
import type { RequestReads } from './request-reads.js'

type Cookies = Record<string, unknown>

/** Listener of the owner of a cookies object, for its reads. */
export interface CookieReads {
  /** A cookie was read, or all: `cookie:theme`, `cookie:*`. */
  cookie(name: string): void
  /** A value was read that does not come from the Cookie header: a middleware changed it. */
  changed(): void
}

/** Proxy handler of `req.cookies` and `req.signedCookies`. */
export class WatchedCookies implements ProxyHandler<Cookies> {
  readonly #reads: RequestReads
  readonly #told: CookieReads
  #left: Set<string> | undefined

  constructor(reads: RequestReads, told: CookieReads) {
    this.#reads = reads
    this.#told = told
  }

  get(target: Cookies, key: string | symbol): unknown {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.get(target, key)
  }

  has(target: Cookies, key: string | symbol): boolean {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.has(target, key)
  }

  getOwnPropertyDescriptor(target: Cookies, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === 'string') this.#note(target, key)
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  ownKeys(target: Cookies): (string | symbol)[] {
    if (!this.#reads.silent) {
      this.#left = new Set(Object.keys(target))
      this.#told.cookie(ALL_COOKIES)
      if (Object.keys(target).some((name) => isChanged(this.#reads, name, target[name]))) this.#told.changed()
    }
    return Reflect.ownKeys(target)
  }

  set(target: Cookies, key: string | symbol, value: unknown): boolean {
    return Reflect.set(target, key, value)
  }

  #note(target: Cookies, key: string): void {
    if (this.#reads.silent || this.#left?.has(key) === true) return
    const own = Object.hasOwn(target, key)
    if (!own && key in Object.prototype) return
    if (!own && key === 'toJSON') return
    this.#told.cookie(cookieInput(key))
    if (own && isChanged(this.#reads, key, target[key])) this.#told.changed()
  }
}

/**
 * Does a parsed cookie differ from what the Cookie header says? Middlewares put ids of new visitors
 * there, which the header does not have yet.
 */
function isChanged({ headers }: RequestReads, name: string, value: unknown): boolean {
  if (value === undefined || value === false) return false
  const raws = cookiePairs(Object.hasOwn(headers, 'cookie') ? headers.cookie : undefined)
    .filter((pair) => pair.name === name)
    .map((pair) => decoded(pair.value ?? ''))
  return !raws.some((raw) => isParsedFrom(raw, value))
}

/** As cookie-parser reads values: plain, JSON (`j:`), signed (`s:`). */
function isParsedFrom(raw: string, value: unknown): boolean {
  if (typeof value === 'string') return raw === value || raw.startsWith(`s:${value}.`)
  return typeof value === 'object' && (raw.startsWith('j:') || raw.startsWith('s:j:'))
}

function decoded(raw: string): string {
  const value = raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1) : raw
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
