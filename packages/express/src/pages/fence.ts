import { bytesOf, type Encodable, type Entry } from '@sitecache/core'
import { newGeneration } from './generation.js'

/**
 * Fences: what purges of a URL left in the store. A vary record holds the fence that was there when
 * its page began to be rendered, and counts only under the same one; so a page that was rendered
 * before a purge can't land behind it, in whatever order several processes write.
 *
 * A URL has two. That of its host is made with the first page that is stored of it, and each purge
 * replaces it: where it is lost, so may be a purge, and its pages are void. That of its path holds
 * on every host; only a purge by path makes one.
 */

/** Longer than any that is written: what a store answers may be anything. */
const MAX_LENGTH = 200

/** Of no record that was there before: its pages are void, which is safe. */
const UNREADABLE = 'unreadable'

/** Fences of a URL of which nothing is stored, and that nobody has purged. */
export const NO_FENCE = ' '

/** Least time that a fence is kept, in milliseconds: longer than a render takes. */
export const MIN_KEPT_MS = 24 * 60 * 60_000

/** Time for which a purge by path is kept, in milliseconds: no page need live longer (a year). */
export const PATH_KEPT_MS = 365 * MIN_KEPT_MS

/** A fence as it is stored: a store of this process keeps it as it is. Immutable. */
export class Fence implements Encodable {
  readonly text: string

  /** @param text visible ASCII */
  constructor(text: string) {
    this.text = text
  }

  get byteLength(): number {
    return this.text.length
  }

  encode(): Uint8Array[] {
    return [Buffer.from(this.text, 'latin1')]
  }

  /** Returns its parts, for a store in this process. */
  parts(): { head: string; body: Uint8Array; restore: (head: string) => Fence } {
    return { head: this.text, body: noBody, restore: restoreFence }
  }
}

const noBody = new Uint8Array(0)
const restoreFence = (head: string): Fence => new Fence(head)

/** Returns the fence in an entry; an empty one where there is none. */
export function fenceIn(entry: Entry | undefined): string {
  if (entry === undefined) return ''
  if (entry.value instanceof Fence) return entry.value.text
  try {
    const bytes = bytesOf(entry.value)
    const text = Buffer.from(bytes).toString('latin1')
    return bytes.length > MAX_LENGTH || !/^[!-~]+$/.test(text) ? UNREADABLE : text
  } catch {
    // A store answers what is damaged as a value that can't be used.
    return UNREADABLE
  }
}

/** Whether there is a fence, and it can be read. @param fence as `fenceIn` returns it */
export function isReadable(fence: string): boolean {
  return fence !== '' && fence !== UNREADABLE
}

/** Joins the fences of a URL's host and of its path. */
export function fencesOf(host: string, path: string): string {
  return `${host} ${path}`
}

/** Returns whether fences are just these of a host and a path; makes no text of them. */
export function isJoinedOf(fences: string, host: string, path: string): boolean {
  const { length } = host
  if (length === 0 || fences.length !== length + 1 + path.length) return false
  return fences.startsWith(host) && fences.charAt(length) === ' ' && fences.endsWith(path)
}

/** Makes the fence of a URL of which a first page is about to be stored. */
export function firstFence(): string {
  return `+${newGeneration()}/`
}

/**
 * Makes the fence of a purge; of a soft one, which leaves what was stored as stale.
 *
 * @param current what the last purge left
 */
export function purgeFence(current: string, soft: boolean): string {
  const own = newGeneration()
  // Nothing is valid without a fence: there is nothing to leave as stale.
  return soft && current !== '' ? `${hardPart(current)}/${own}` : `${own}/`
}

/** Judges the pages of a record by its own fences and those in the store. */
export function fenceVerdict(own: string, current: string): 'valid' | 'stale' | 'void' {
  // Without a host's fence.
  if (current.startsWith(' ')) return 'void'
  if (own === current) return 'valid'
  const [host = '', path = ''] = current.split(' ')
  const [ownHost = '', ownPath = ''] = own.split(' ')
  return hardPart(ownHost) === hardPart(host) && hardPart(ownPath) === hardPart(path) ? 'stale' : 'void'
}

/**
 * Whether a page that was looked up under one pair of fences may be stored under another: the same,
 * or where there was none, one that was made with another page.
 */
export function mayStoreUnder(seen: string, current: string): boolean {
  if (seen === current) return true
  const [seenHost, seenPath] = seen.split(' ')
  const [host = '', path] = current.split(' ')
  return seenHost === '' && seenPath === path && host.startsWith('+') && host.endsWith('/')
}

/**
 * Returns what purges left in fences. The fence that is made with a URL's first page tells of none:
 * a request that sees it while the page is on its way into the store waits as those before it.
 */
export function purgesIn(fences: string): string {
  if (!fences.startsWith('+')) return fences
  const [host = '', path = ''] = fences.split(' ')
  return host.endsWith('/') ? fencesOf('', path) : fences
}

function hardPart(fence: string): string {
  return fence.split('/', 1)[0] ?? ''
}

/**
 * Returns when a fence may be forgotten, in milliseconds since the epoch; null: never.
 *
 * @param expires of the pages under it, in milliseconds since the epoch; Infinity: never
 */
export function fenceExpiry(expires: number, now: number): number | null {
  const until = Math.max(expires, now + MIN_KEPT_MS)
  return Number.isFinite(until) ? until : null
}
