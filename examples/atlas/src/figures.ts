import type { Caches } from '@sitecache/express'

/** Results of a request that was answered without waiting for its own render. */
const SERVED = new Set<unknown>(['hit', 'filled', 'stale', 'revalidated', 'collapsed'])

/** What the cache has done since the start, in numbers. */
export class Figures {
  requests = 0
  served = 0
  /** Milliseconds that the served pages had taken to render. */
  savedMs = 0

  /** Begins to count; returns what stops it. */
  count(caches: Caches): () => void {
    return caches.get('default').on('exchange', ({ result, savedMs, purpose, isPassedOn }) => {
      if (result === 'bypass' || purpose !== undefined || isPassedOn === true) return
      this.requests += 1
      if (!SERVED.has(result)) return
      this.served += 1
      if (typeof savedMs === 'number') this.savedMs += savedMs
    })
  }
}
