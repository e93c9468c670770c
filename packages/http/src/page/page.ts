import { hasLines } from '../fields/added-lines.js'
import { type CacheControl, parseCacheControl } from '../fields/cache-control.js'
import { type ContentRange, parseContentRange } from '../fields/content-range.js'
import { parseHttpDate } from '../fields/http-date.js'
import type { LifetimeBasis } from './basis.js'
import { containerLength, encodeContainer } from './container.js'
import { decodePageInit, headLines, isRoute, PAGE_MAGIC, type PageInit, parsePage } from './page-format.js'
import { parseTags, tagsText } from './page-tags.js'

/** Milliseconds by which the clocks of processes that share a store may differ. */
const MAX_SKEW = 10_000

function isByLine(headers: readonly string[], i: number, name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'vary' || hasLines(lower) || headers[i - 2] === name
}

/**
 * A stored response (RFC 9111 §3). Immutable, so that a store in this process keeps it by
 * reference.
 */
export class Page implements PageInit {
  readonly status: number
  readonly statusMessage: string
  readonly headers: readonly string[]
  readonly removed: readonly string[]
  body: Buffer
  readonly storedAt: number
  readonly initialAge: number
  readonly lifetime: number
  readonly renderMs: number
  readonly since: number
  readonly route: string
  readonly basis: LifetimeBasis
  readonly directives: string | undefined
  readonly holes: string
  #hasLines: boolean | undefined
  /** Kept as text: they may be many, and are seldom read. */
  readonly #tags: string
  /** When it turns stale, in milliseconds since the epoch. */
  readonly expires: number
  /** Validators (RFC 9110 §8.8). */
  readonly etag: string | undefined
  readonly lastModified: string | undefined

  /** @param tags in their encoded form. @default those of `init` */
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
    this.route = isRoute(init.route) ? init.route : ''
    this.#tags = tags ?? (init.tags === undefined ? '' : tagsText(init.tags))
    this.basis = init.basis ?? 'explicit'
    this.directives = init.directives
    this.holes = init.holes ?? ''
    this.expires = init.storedAt + (init.lifetime - init.initialAge) * 1000
    this.etag = this.header('etag')
    this.lastModified = this.header('last-modified')
  }

  /** Copies its body, which so far is one that its handler may change. */
  keepBody(): void {
    this.body = Buffer.from(this.body)
  }

  /**
   * Whether middlewares may add lines to one of its fields, or a field has several: such a head is
   * sent line by line.
   */
  get hasLines(): boolean {
    this.#hasLines ??= this.headers.some((name, i) => i % 2 === 0 && isByLine(this.headers, i, name))
    return this.#hasLines
  }

  /** Returns the first value of a header; undefined when it is absent. @param name in lower case */
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

  /** Seconds for which it stays fresh; negative when stale (RFC 9211 §2.4). Infinity: forever. */
  ttl(now: number): number {
    return Number.isFinite(this.lifetime) ? Math.floor(this.lifetime) - this.age(now) : this.lifetime
  }

  /**
   * RFC 9111 §4.2. A page from the future was stored before the clock was set back: its age is not
   * known, so it is not fresh.
   *
   * @param now milliseconds since the epoch
   */
  isFresh(now: number): boolean {
    return now < this.expires && this.storedAt - now <= MAX_SKEW
  }

  /** Last-Modified in milliseconds since the epoch; undefined when it is absent or invalid. */
  modifiedAt(now: number): number | undefined {
    return this.lastModified === undefined ? undefined : parseHttpDate(this.lastModified, now)
  }

  get hasTags(): boolean {
    return this.#tags !== ''
  }

  get tags(): readonly string[] {
    return parseTags(this.#tags)
  }

  /** Directives that its reuse obeys. */
  get control(): CacheControl {
    return parseCacheControl(this.directives ?? this.#values('cache-control'))
  }

  /** Byte positions that a stored 206 holds; undefined: the page is complete. */
  get part(): ContentRange | undefined {
    return this.status === 206 ? parseContentRange(this.header('content-range')) : undefined
  }

  /** All values of a header that may stand on several lines. */
  #values(name: string): readonly string[] {
    return this.headers.filter((_, i) => i % 2 === 1 && this.headers[i - 1]?.toLowerCase() === name)
  }

  /**
   * Validator that changes with every byte (RFC 9110 §8.8.1): an entity tag that is not weak, or a
   * date at least a second before the response's own (§8.8.2.2).
   */
  get strongValidator(): string | undefined {
    if (this.etag?.startsWith('"') === true) return this.etag
    const modified = this.modifiedAt(this.storedAt)
    const made = parseHttpDate(this.header('date') ?? '', this.storedAt)
    return modified !== undefined && made !== undefined && made - modified >= 1000
      ? this.lastModified
      : undefined
  }

  /** Bytes that `encode` returns. */
  get byteLength(): number {
    let headBytes = this.#headLines().length
    for (const text of this.headers) headBytes += text.length + 1
    return containerLength(headBytes, this.body)
  }

  /** Returns the page as chunks of bytes; the body is not copied. */
  encode(): Uint8Array[] {
    return encodeContainer(PAGE_MAGIC, this.#head(), this.body)
  }

  /** Returns its parts, for a store in this process; nothing is copied. */
  parts(): { head: string; body: Buffer; restore: (head: string, body: Buffer) => Page } {
    return { head: this.#head(), body: this.body, restore }
  }

  #head(): string {
    const { headers } = this
    return headers.length === 0 ? this.#headLines() : `${this.#headLines()}\n${headers.join('\n')}`
  }

  #headLines(): string {
    return headLines(this, this.#tags)
  }

  /** Decodes a page. Never throws. @returns undefined for any other, incomplete or changed bytes */
  static decode(bytes: Uint8Array): Page | undefined {
    const decoded = decodePageInit(bytes)
    return decoded === undefined ? undefined : new Page(decoded.init, decoded.tags)
  }
}

/** Makes a page again of its parts, which this process kept: there is nothing to check. */
function restore(head: string, body: Buffer): Page {
  const { init, tags } = parsePage(head, body)
  return new Page(init, tags)
}
