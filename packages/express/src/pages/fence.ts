import { bytesOf, type Entry } from '@sitecache/core'
import { newGeneration } from './page-keys.js'

/**
 * Fence: the mark that the last purge of a URL left under a key of its own, which nothing but a
 * purge writes. A vary record holds what was there when its page began to be rendered: one of
 * another fence is void. So a page that was rendered before a purge can't land behind it, whatever
 * the order in which several processes write.
 */

/** Longer than any that a purge writes: what a store answers may be anything. */
const MAX_LENGTH = 200

/** Of no record that was there before: its pages are void, which is safe. */
const UNREADABLE = 'unreadable'

/**
 * A purged URL's fence stays this long at the least, in milliseconds: no render that it must keep
 * out takes longer, and no page lives longer of which the URL's own vary record knows nothing.
 */
export const MIN_KEPT_MS = 24 * 60 * 60_000

/** The fence that a store holds; the empty one where there is none. */
export function fenceOf(entry: Entry | undefined): string {
  if (entry === undefined) return ''
  try {
    const bytes = bytesOf(entry.value)
    return bytes.length > MAX_LENGTH ? UNREADABLE : Buffer.from(bytes).toString('latin1')
  } catch {
    // A store answers what is damaged as a value that can't be used.
    return UNREADABLE
  }
}

/**
 * A fence that there never was: of a purge, or of a soft one, which leaves what was stored as
 * stale.
 *
 * @param current what the last purge left
 */
export function newFence(current: string, soft: boolean): string {
  const own = newGeneration()
  return soft ? `${hardPart(current)}/${own}` : `${own}/`
}

/** Judges a record's pages by its own fence and the current one. */
export function fenceVerdict(own: string, current: string): 'valid' | 'stale' | 'void' {
  if (own === current) return 'valid'
  return hardPart(own) === hardPart(current) ? 'stale' : 'void'
}

function hardPart(fence: string): string {
  return fence.split('/', 1)[0] ?? ''
}

/**
 * When a fence may be forgotten: not before the pages that it makes void.
 *
 * @param expires of the URL's vary record, in milliseconds since the epoch; undefined: there is
 *   none
 * @returns milliseconds since the epoch; null: never
 */
export function fenceExpiry(expires: number | undefined, now: number): number | null {
  const until = Math.max(expires ?? 0, now + MIN_KEPT_MS)
  return Number.isFinite(until) ? until : null
}
