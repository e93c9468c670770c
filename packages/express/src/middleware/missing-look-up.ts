import type { ServerResponse } from 'node:http'
import { warn } from '@sitecache/core/internal'

/** Whole pages without a look-up before the warning: one may be another middleware's answer. */
const ENOUGH = 3

/**
 * Tells a missing `fetchFromCache()`: pages pass `updateCache()`, and none is ever looked up, so
 * that none is kept.
 */
export class MissingLookUp {
  #isOver = false
  #pages = 0

  /** Counts a response that passes `updateCache()`; a look-up anywhere ends the counting. */
  watch(res: ServerResponse): void {
    if (this.#isOver) return
    res.once('finish', () => {
      if (res.statusCode === 200 && !this.#isOver) this.#count()
    })
  }

  /** Tells that `fetchFromCache()` is there. */
  lookedUp(): void {
    this.#isOver = true
  }

  #count(): void {
    this.#pages += 1
    if (this.#pages < ENOUGH) return
    this.#isOver = true
    warn(
      'SITECACHE_MISPLACED',
      `${ENOUGH} pages have passed updateCache(), and no fetchFromCache() below it, so that they are not cached: ` +
        'put app.use(fetchFromCache()) in front of the routes, or use siteCache() instead of both',
    )
  }
}
