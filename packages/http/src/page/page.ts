import { type CacheControl, parseCacheControl } from '../fields/cache-control.js'
import { isHopByHop } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { containerLength, decodeContainer, encodeContainer } from './container.js'
import { type ContentRange, parseContentRange } from './partial.js'

const MAGIC = 'scP3'

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
  /** How long it took to make, in milliseconds (XFetch). @default 0 */
  readonly renderMs?: number | undefined
  /** What it can be invalidated with. @default none */
  readonly tags?: readonly string[] | undefined
  /** The tag clock of its cache when it began to be rendered. @default 0 */
  readonly since?: number | undefined
  /** What a targeted field said of its caching (RFC 9213), as Cache-Control would. @default its Cache-Control counts */
  readonly targeted?: string | undefined
  /** Where in the body parts are missing that are written for each request, as a line of text. @default none */
  readonly holes?: string | undefined
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
  readonly renderMs: number
  readonly since: number
  readonly targeted: string | undefined
  readonly holes: string
  /** Apart, for they may be many, and are seldom looked at. */
  readonly #tags: string
  /** When it turns stale, in milliseconds since the epoch. */
  readonly expires: number
  /** Validators (RFC 9110 §8.8). */
  readonly etag: string | undefined
  readonly lastModified: string | undefined

  /** @param tags as they are encoded. @default those of `init` */
  constructor(init: PageInit, tags?: string) {
    this.status = init.status
    this.statusMessage = init.statusMessage
    this.headers = init.headers
    this.removed = init.removed
    this.body = init.body
    this.storedAt = init.storedAt
    this.initialAge = init.initialAge
    this.lifetime = init.lifetime
    this.renderMs = init.renderMs ?? 0
    this.since = init.since ?? 0
    this.#tags = tags ?? (init.tags === undefined ? '' : tagsText(init.tags))
    this.targeted = init.targeted
    this.holes = init.holes ?? ''
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

  get hasTags(): boolean {
    return this.#tags !== ''
  }

  get tags(): readonly string[] {
    return tagsOf(this.#tags)
  }

  /** The directives that its reuse obeys. */
  get control(): CacheControl {
    return parseCacheControl(this.targeted ?? this.#values('cache-control'))
  }

  /** Which bytes of a representation it holds; undefined: it is whole. */
  get part(): ContentRange | undefined {
    return this.status === 206 ? parseContentRange(this.header('content-range')) : undefined
  }

  /** All values of a header that may stand on several lines. */
  #values(name: string): readonly string[] {
    return this.headers.filter((_, i) => i % 2 === 1 && this.headers[i - 1]?.toLowerCase() === name)
  }

  /**
   * A validator that vouches for each byte (RFC 9110 §8.8.1): an entity tag that is not weak, or a date that was past when the response
   * was made (§8.8.2.2).
   */
  get strongValidator(): string | undefined {
    if (this.etag?.startsWith('"') === true) return this.etag
    const modified = this.modifiedAt(this.storedAt)
    const made = parseHttpDate(this.header('date') ?? '', this.storedAt)
    return modified !== undefined && made !== undefined && made - modified >= 1000
      ? this.lastModified
      : undefined
  }

  get byteLength(): number {
    let headBytes = this.#front().length
    for (const text of this.headers) headBytes += text.length + 1
    return containerLength(headBytes, this.body)
  }

  encode(): Uint8Array[] {
    return encodeContainer(MAGIC, [this.#front(), ...this.headers].join('\n'), this.body)
  }

  /** The lines before the headers. None holds a line break: Node lets none into a header. */
  #front(): string {
    const { status, statusMessage, storedAt, initialAge, lifetime, renderMs, since, removed, targeted } = this
    const parts = `${this.#tags}\n${targeted ?? ''}\n${this.holes}\n${removed.join()}`
    const times = `${storedAt}\n${initialAge}\n${lifetime} ${renderMs} ${since}`
    return `${status}\n${statusMessage}\n${times}\n${parts}`
  }

  /** The page that bytes hold; undefined for anything that is not one, or not whole. */
  static decode(bytes: Uint8Array): Page | undefined {
    const contents = decodeContainer(MAGIC, bytes)
    if (contents === undefined) return undefined
    const [
      status,
      statusMessage = '',
      storedAt,
      initialAge,
      times = '',
      tags = '',
      targeted,
      holes,
      removed = '',
      ...headers
    ] = contents.head.split('\n')
    const [lifetime, renderMs, since] = times.split(' ')
    const init: PageInit = {
      status: Number(status),
      statusMessage,
      headers,
      removed: removed === '' ? [] : removed.split(','),
      body: contents.body,
      storedAt: Number(storedAt),
      initialAge: Number(initialAge),
      lifetime: Number(lifetime),
      renderMs: Number(renderMs),
      since: Number(since),
      targeted: targeted === '' ? undefined : targeted,
      holes,
    }
    return isPage(init) ? new Page(init, tags) : undefined
  }
}

/** One line, whatever tags hold. Without tags the empty one. */
function tagsText(tags: readonly string[]): string {
  return tags.map(encodeTag).join(' ')
}

/** Visible ASCII without the percent sign is as it is. */
const plainTag = /^[!-$&-~]+$/

function encodeTag(tag: string): string {
  return plainTag.test(tag) ? tag : encodeURIComponent(tag)
}

function tagsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ').map(decodeTag)
}

/** What can't be decoded never was a tag: as it is, it is one that nothing else has. */
function decodeTag(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/
const notFieldValue = /[^\t\x20-\x7e\x80-\xff]/

/** What Node would refuse to write, or can't be reckoned with, must not come as far as that. */
function isPage(init: PageInit): boolean {
  const {
    status,
    statusMessage,
    headers,
    removed,
    storedAt,
    initialAge,
    lifetime,
    renderMs = 0,
    since = 0,
  } = init
  if (!Number.isInteger(status) || status < 200 || status > 599) return false
  if (!Number.isFinite(storedAt) || !(Number.isFinite(initialAge) && initialAge >= 0) || !(lifetime >= 0))
    return false
  if (!(Number.isFinite(renderMs) && renderMs >= 0) || !Number.isSafeInteger(since)) return false
  if (notFieldValue.test(statusMessage) || headers.length % 2 !== 0) return false
  const legal = (text: string, i: number): boolean =>
    i % 2 === 0 ? fieldName.test(text) : !notFieldValue.test(text)
  return headers.every(legal) && removed.every((name) => fieldName.test(name)) && isFramedAlone(init)
}

/**
 * Whoever can write to the store could otherwise end a response early or late, and begin the next one on its connection: a checksum
 * keeps out accidents only. No page is stored with the fields of a connection, or with another length than its own.
 */
function isFramedAlone({ headers, body }: PageInit): boolean {
  const length = String(body.length)
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? ''
    if (isHopByHop(name) || (name === 'content-length' && headers[i + 1] !== length)) return false
  }
  return true
}
