import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Content } from '../content/request-content.js'
import type { Layer } from '../options/layer.js'
import { dispatchAgain } from './dispatch.js'

/** A refresh that takes longer than this, in milliseconds, doesn't keep the next one from beginning. */
const PATIENCE_MS = 30_000

/** When the refreshes under way began, by the full key of their page. */
const underWay = new Map<string, number>()

/**
 * Has a page made anew behind the visitor that was given the stale one (RFC 5861 §3): one refresh for each page. It goes through the
 * application as a request of its own, and its page is kept as any other.
 */
export function refreshBehind(
  layer: Layer,
  req: IncomingMessage,
  headers: IncomingHttpHeaders,
  pageKey: string,
  content: Content | undefined,
  now: number,
): void {
  if (now - (underWay.get(pageKey) ?? 0) < PATIENCE_MS) return
  underWay.set(pageKey, now)
  const { cache } = layer.keys()
  // Behind the visitor's response, not in front of it.
  const begun = new Promise<void>((resolve) => setImmediate(resolve))
  const done = begun
    .then(() => dispatchAgain(req, headers, 'refresh', content))
    .catch((error: unknown) => cache.meter.error(error, 'refresh'))
    .finally(() => {
      if (underWay.get(pageKey) === now) underWay.delete(pageKey)
    })
  cache.waitFor(done)
}
