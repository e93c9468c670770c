import { normalizeHost } from '@sitecache/http'
import type { Origin } from './request-target.js'

/** Returns path and query of a reference that leads to the origin of its request; undefined where it leads elsewhere. */
export function sameOriginUrl(origin: Origin, base: string, reference: unknown): string | undefined {
  if (typeof reference !== 'string') return undefined
  const here = `${origin.scheme}://${origin.host}`
  try {
    const url = new URL(reference, new URL(base, here))
    const sameHost = normalizeHost(url.host, origin.scheme) === origin.host
    return sameHost && url.protocol === `${origin.scheme}:` ? url.pathname + url.search : undefined
  } catch {
    return undefined
  }
}
