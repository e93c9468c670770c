import { warnOnce } from '@sitecache/core/internal'

/**
 * URLs of which a page that visitors share was stored, and of which a request was refused: a guard
 * stands below the look-up, which a hit skips.
 */
export class GuardedUrls {
  readonly #stored = new Set<string>()
  readonly #refused = new Set<string>()

  stored(url: string): void {
    this.#stored.add(url)
    if (this.#refused.has(url)) warnOfGuard()
  }

  refused(url: string): void {
    this.#refused.add(url)
    if (this.#stored.has(url)) warnOfGuard()
  }
}

function warnOfGuard(): void {
  warnOnce(
    'SITECACHE_GUARD',
    'a page that all visitors share was stored for a URL where a request was refused (401 or 403): what refuses it stands ' +
      'below the cache, and a hit skips it. Put it above: between updateCache() and fetchFromCache(), or in front of ' +
      'cachePage(); or say Cache-Control: private',
  )
}
