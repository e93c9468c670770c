import { isHopByHop } from '../fields/headers.js'
import { isLifetimeBasis, type LifetimeBasis } from './basis.js'
import { decodeContainer } from './container.js'

/** Name and version of the format: pages of another version are misses. */
export const PAGE_MAGIC = 'scP4'

/** Data of a page. */
export interface PageInit {
  readonly status: number
  /** Empty: Node's own for the status. */
  readonly statusMessage: string
  /** Name, value, name, value: with their order, letter case and repetition. */
  readonly headers: readonly string[]
  /** Names, in lower case, of headers that middlewares had set and the route removed. */
  readonly removed: readonly string[]
  readonly body: Buffer
  /** When the response came, in milliseconds since the epoch. */
  readonly storedAt: number
  /** Age when the response came, in seconds (RFC 9111 §4.2.3). */
  readonly initialAge: number
  /** Freshness lifetime, in seconds; Infinity: it never expires. */
  readonly lifetime: number
  /** Where the lifetime comes from. @default 'explicit' */
  readonly basis?: LifetimeBasis | undefined
  /** How long its render took, in milliseconds (XFetch). @default 0 */
  readonly renderMs?: number | undefined
  /**
   * Pattern of the route that rendered it, such as `/articles/:id`; empty: none, or a text that is
   * no pattern. @default ''
   */
  readonly route?: string | undefined
  /** Tags that invalidate it. @default none */
  readonly tags?: readonly string[] | undefined
  /** Tag clock of its cache when its render began. @default 0 */
  readonly since?: number | undefined
  /**
   * Directives that its reuse obeys, in the form of Cache-Control, where they are not those among
   * its headers: of a targeted field (RFC 9213), or said by a layer outside.
   *
   * @default Cache-Control
   */
  readonly directives?: string | undefined
  /** Positions of the holes that are filled for each request, as a line of text. @default none */
  readonly holes?: string | undefined
}

/** Number of lines before the headers. */
const HEAD_LINES = 9

/**
 * Returns the lines of a page before its headers. Node lets no line break into a header.
 *
 * @param tags in their encoded form
 */
export function headLines(page: PageInit, tags: string): string {
  const { status, statusMessage, storedAt, initialAge, lifetime, basis = 'explicit', renderMs, since } = page
  const route = isRoute(page.route) ? ` ${page.route}` : ''
  const times = `${storedAt}\n${initialAge}\n${lifetime} ${renderMs ?? 0} ${since ?? 0} ${basis}${route}`
  const texts = `${tags}\n${page.directives ?? ''}\n${page.holes ?? ''}\n${page.removed.join()}`
  return `${status}\n${statusMessage}\n${times}\n${texts}`
}

/** Data of a decoded page; its tags are left as text, since they are seldom read. */
export interface DecodedPage {
  readonly init: PageInit
  readonly tags: string
}

/** Decodes a page. Never throws. @returns undefined for any other, incomplete or changed bytes */
export function decodePageInit(bytes: Uint8Array): DecodedPage | undefined {
  const contents = decodeContainer(PAGE_MAGIC, bytes)
  if (contents === undefined) return undefined
  const decoded = parsePage(contents.head, contents.body)
  return isLifetimeBasis(decoded.init.basis) && isValid(decoded.init) ? decoded : undefined
}

/** Parses the head of a page, without a check of anything in it. */
export function parsePage(head: string, body: Buffer): DecodedPage {
  const lines = head.split('\n')
  // By index: a pattern with a rest goes through an iterator.
  const [lifetime, renderMs, since, basis, route] = (lines[4] ?? '').split(' ')
  const removed = lines[8] ?? ''
  const init: PageInit = {
    status: Number(lines[0]),
    statusMessage: lines[1] ?? '',
    headers: lines.slice(HEAD_LINES),
    removed: removed === '' ? [] : removed.split(','),
    body,
    storedAt: Number(lines[2]),
    initialAge: Number(lines[3]),
    lifetime: Number(lifetime),
    renderMs: Number(renderMs),
    since: Number(since),
    basis: basis as LifetimeBasis,
    route: isRoute(route) ? route : '',
    directives: lines[6] === '' ? undefined : lines[6],
    holes: lines[7],
  }
  return { init, tags: lines[5] ?? '' }
}

/** Whether a text may stand for a route: bounded, and without white space. */
export function isRoute(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]{1,200}$/.test(text)
}

const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/
const notFieldValue = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Refuses data that Node would throw on when it is sent, and numbers that can't be calculated
 * with.
 */
function isValid(init: PageInit): boolean {
  const { status, statusMessage, headers, removed, directives = '' } = init
  if (!Number.isInteger(status) || status < 200 || status > 599) return false
  if (!hasValidTimes(init)) return false
  if (notFieldValue.test(statusMessage) || notFieldValue.test(directives) || headers.length % 2 !== 0)
    return false
  const isLegal = (text: string, i: number): boolean =>
    i % 2 === 0 ? fieldName.test(text) : !notFieldValue.test(text)
  return headers.every(isLegal) && removed.every((name) => fieldName.test(name)) && isFramedByNode(init)
}

function hasValidTimes({ storedAt, initialAge, lifetime, renderMs = 0, since = 0 }: PageInit): boolean {
  if (!Number.isFinite(storedAt) || !isDuration(initialAge) || !isDuration(renderMs)) return false
  // An endless lifetime is valid; NaN is not.
  return lifetime >= 0 && Number.isSafeInteger(since)
}

function isDuration(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

/**
 * Refuses fields of the connection, and a Content-Length that isn't the body's: with these, an
 * attacker with write access to the store could end a response early and smuggle another one into
 * its connection (RFC 9112 §11.2). The checksum guards against accidents only.
 */
function isFramedByNode({ headers, body }: PageInit): boolean {
  const length = String(body.length)
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? ''
    if (isHopByHop(name) || (name === 'content-length' && headers[i + 1] !== length)) return false
  }
  return true
}
