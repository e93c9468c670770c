import { createHash } from 'node:crypto'
import type { CacheEventDetail } from '@sitecache/core'
import type { PurgeFigures } from '../shared/state.js'

const MOST = 100
/** Tags of one invalidation that are remembered one by one. */
const MOST_TAGS = 20
/** Tags whose last invalidation is remembered. */
const MOST_REMEMBERED = 1000

/** Digest by which a tag is told from others without being named: tags may be a visitor's. */
export function tagDigest(tag: string): string {
  return createHash('sha256').update(`sitecache.tag:${tag}`).digest('base64url').slice(0, 16)
}

/** The last invalidation of a tag. */
export type TagPurge = Pick<PurgeFigures, 'at' | 'mode'>

/** The last invalidations by this process; equal ones within a second are one, with their count. */
export class Purges {
  #last: PurgeFigures[] = []
  readonly #tags = new Map<string, TagPurge>()

  add({ cache, by, mode, tags }: CacheEventDetail, now: number): void {
    const common = { cache, by: String(by), mode: mode === 'soft' ? 'soft' : 'hard' } as const
    const names = by === 'tag' && Array.isArray(tags) ? tags.slice(0, MOST_TAGS) : [undefined]
    for (const name of names)
      this.#note({
        ...common,
        at: Math.floor(now / 1000) * 1000,
        count: 1,
        tag: name === undefined ? undefined : tagDigest(String(name)),
      })
  }

  /** Returns the last ones, oldest first. */
  last(most = MOST): readonly PurgeFigures[] {
    return this.#last.slice(-most)
  }

  /** Returns the last invalidation of a tag; undefined: it is not remembered. */
  of(cache: string, digest: string): TagPurge | undefined {
    return this.#tags.get(`${cache}:${digest}`)
  }

  #note(purge: PurgeFigures): void {
    this.#remember(purge)
    const index = this.#last.findLastIndex((it) => isSame(it, purge))
    const known = this.#last[index]
    if (known !== undefined) {
      this.#last[index] = { ...known, count: known.count + 1 }
      return
    }
    this.#last.push(purge)
    if (this.#last.length > MOST) this.#last = this.#last.slice(-MOST)
  }

  #remember({ cache, tag, at, mode }: PurgeFigures): void {
    if (tag === undefined) return
    const key = `${cache}:${tag}`
    this.#tags.delete(key)
    this.#tags.set(key, { at, mode })
    const [oldest] = this.#tags.keys()
    if (this.#tags.size > MOST_REMEMBERED && oldest !== undefined) this.#tags.delete(oldest)
  }
}

function isSame(one: PurgeFigures, other: PurgeFigures): boolean {
  return (['at', 'cache', 'by', 'mode', 'tag'] as const).every((name) => one[name] === other[name])
}
