import { containerLength, decodeContainer, encodeContainer, isTexts } from './container.js'
import { parseHttpDate } from './http-date.js'

const MAGIC = 'scP1'

/** What a page is made of. */
export interface PageInit {
  readonly status: number
  /** Empty: Node's own for the status. */
  readonly statusMessage: string
  /** Name, value, name, value: in their order, letter case and repetition. */
  readonly headers: readonly string[]
  /** Names, in lower case, that the route took away from what stood on the response before it. */
  readonly removed: readonly string[]
  readonly body: Buffer
  /** When the response came, in milliseconds since the epoch. */
  readonly storedAt: number
  /** Its age then, in seconds (RFC 9111 §4.2.3). */
  readonly initialAge: number
  /** Its freshness lifetime, in seconds; Infinity: it never expires. */
  readonly lifetime: number
}

/** A stored response (RFC 9111 §3). Never changes, so that a store in this process keeps it by reference. */
export class Page implements PageInit {
  readonly status: number
  readonly statusMessage: string
  readonly headers: readonly string[]
  readonly removed: readonly string[]
  readonly body: Buffer
  readonly storedAt: number
  readonly initialAge: number
  readonly lifetime: number
  /** When it turns stale, in milliseconds since the epoch. */
  readonly expires: number
  /** Validators (RFC 9110 §8.8). */
  readonly etag: string | undefined
  readonly lastModified: string | undefined

  constructor(init: PageInit) {
    this.status = init.status
    this.statusMessage = init.statusMessage
    this.headers = init.headers
    this.removed = init.removed
    this.body = init.body
    this.storedAt = init.storedAt
    this.initialAge = init.initialAge
    this.lifetime = init.lifetime
    this.expires = init.storedAt + (init.lifetime - init.initialAge) * 1000
    this.etag = this.header('etag')
    this.lastModified = this.header('last-modified')
  }

  /** The first value of a header. @param name in lower case */
  header(name: string): string | undefined {
    const { headers } = this
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i]?.length === name.length && headers[i]?.toLowerCase() === name) return headers[i + 1]
    }
    return undefined
  }

  /** RFC 9111 §4.2.3: current_age, in whole seconds. @param now milliseconds since the epoch */
  age(now: number): number {
    return Math.max(0, Math.floor(this.initialAge + (now - this.storedAt) / 1000))
  }

  /** Seconds for which it stays fresh; negative when it is stale (RFC 9211 §2.4). Infinity: for ever. */
  ttl(now: number): number {
    return Number.isFinite(this.lifetime) ? Math.floor(this.lifetime) - this.age(now) : this.lifetime
  }

  isFresh(now: number): boolean {
    return now < this.expires
  }

  /** When it was last changed, in milliseconds since the epoch, if it says so. */
  modifiedAt(now: number): number | undefined {
    return this.lastModified === undefined ? undefined : parseHttpDate(this.lastModified, now)
  }

  get byteLength(): number {
    return containerLength(this.#head(), this.body)
  }

  encode(): Uint8Array[] {
    return encodeContainer(MAGIC, this.#head(), this.body)
  }

  #head(): string {
    const lifetime = Number.isFinite(this.lifetime) ? this.lifetime : null
    return JSON.stringify([
      this.status,
      this.statusMessage,
      this.headers,
      this.removed,
      this.storedAt,
      this.initialAge,
      lifetime,
    ])
  }

  /** The page that bytes hold; undefined for anything that is not one, or not whole. */
  static decode(bytes: Uint8Array): Page | undefined {
    const contents = decodeContainer(MAGIC, bytes)
    if (contents === undefined || !Array.isArray(contents.head)) return undefined
    const [status, statusMessage, headers, removed, storedAt, initialAge, lifetime] =
      contents.head as unknown[]
    if (!isStatus(status) || !isFieldValue(statusMessage) || !isHeaders(headers) || !isNames(removed))
      return undefined
    if (!isTime(storedAt) || !isTime(initialAge) || (lifetime !== null && !isTime(lifetime))) return undefined
    return new Page({
      status,
      statusMessage,
      headers,
      removed,
      body: contents.body,
      storedAt,
      initialAge,
      lifetime: lifetime ?? Number.POSITIVE_INFINITY,
    })
  }
}

const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/
const notFieldValue = /[^\t\x20-\x7e\x80-\xff]/

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599
}

/** What Node would refuse to write must not come as far as Node. */
function isFieldValue(value: unknown): value is string {
  return typeof value === 'string' && !notFieldValue.test(value)
}

function isHeaders(value: unknown): value is readonly string[] {
  return (
    isTexts(value) &&
    value.length % 2 === 0 &&
    value.every((text, i) => (i % 2 === 0 ? fieldName.test(text) : isFieldValue(text)))
  )
}

function isNames(value: unknown): value is readonly string[] {
  return isTexts(value) && value.every((name) => fieldName.test(name))
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
