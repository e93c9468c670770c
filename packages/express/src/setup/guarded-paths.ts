import { warnOnce } from '@sitecache/core/internal'

/**
 * Paths of which a page that visitors share was stored, and of which a request was refused: a guard
 * stands below the look-up, which a hit skips.
 */
export class GuardedPaths {
  readonly #stored = new Set<string>()
  readonly #refused = new Set<string>()

  stored(path: string): void {
    this.#stored.add(path)
    if (this.#refused.has(path)) warnOfGuard()
  }

  refused(path: string): void {
    this.#refused.add(path)
    if (this.#stored.has(path)) warnOfGuard()
  }
}

function warnOfGuard(): void {
  warnOnce(
    'SITECACHE_GUARD',
    'a page that all visitors share was stored at a path where a request was refused (401 or 403): what refuses it stands ' +
      'below the cache, and a hit skips it. Put it above: between updateCache() and fetchFromCache(), or in front of ' +
      'cachePage(); or say Cache-Control: private',
  )
}
