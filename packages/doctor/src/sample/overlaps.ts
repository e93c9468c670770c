import type { LookUpDetails } from '@sitecache/http'

/** Pages that are remembered, the last ones. */
const MAX_PAGES = 4096

/** Render by this process whose page was stored: from when to when, in milliseconds. */
interface StoredRender {
  readonly began: number
  readonly storedAt: number
}

type Seen = Pick<LookUpDetails, 'event' | 'at' | 'page'>

/**
 * Finds renders by this process whose page another process has overwritten with one that was
 * rendered at the same time: both looked for it before either was stored.
 */
export class Overlaps {
  readonly #stored = new Map<number, StoredRender>()

  /**
   * Returns whether a look-up has found the page of another process's render in the place of its
   * own. Of each render once.
   *
   * @param key number of the page's key
   */
  see(key: number, { event, at, page }: Seen): boolean {
    const { result } = event
    if (page === undefined) return false
    if (result === 'miss') this.#remember(key, { began: at, storedAt: page.storedAt })
    const own = result === 'miss' ? undefined : this.#stored.get(key)
    if (own === undefined || own.storedAt === page.storedAt) return false
    this.#stored.delete(key)
    // A page that was freshened has another date, too.
    const isSameTime = page.storedAt >= own.began && page.storedAt - page.renderMs <= own.storedAt
    return isSameTime && (result === 'hit' || result === 'filled')
  }

  /** Of two renders of this process that overlap, the later page counts. */
  #remember(key: number, render: StoredRender): void {
    if ((this.#stored.get(key)?.storedAt ?? 0) > render.storedAt) return
    this.#stored.delete(key)
    this.#stored.set(key, render)
    const [oldest] = this.#stored.keys()
    if (this.#stored.size > MAX_PAGES && oldest !== undefined) this.#stored.delete(oldest)
  }
}
