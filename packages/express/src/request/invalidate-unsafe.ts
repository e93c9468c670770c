import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HeaderMap, isSafe, normalizeHost, selectQuery } from '@sitecache/http'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import { isPromise } from '../node/maybe-promise.js'
import { type Origin, originOf, targetOf } from '../node/request-target.js'
import type { MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { invalidatedGroups } from '../pages/cache-groups.js'
import { type Dropped, dropPages } from '../pages/store-page.js'
import { exchangeOf, knownExchange } from '../state/request-state.js'

/**
 * RFC 9111 §4.4: once an unsafe request has succeeded, the pages of its URL, and of its Location and
 * Content-Location where these are of the same origin, are out of date.
 */
export function dropUnsafe(layer: Layer, req: IncomingMessage, res: ServerResponse): void {
  if (isSafe(req.method ?? 'GET')) return
  const origin = originOf(req, layer.app)
  const { url } = targetOf(req)
  const endAfter = deferEnd(res)
  onHeaders(res, () => {
    if (res.statusCode < 200 || res.statusCode > 399) return
    // A layer below keeps pages for it.
    if (knownExchange(req)?.onlyAsks === true) return
    const others = [res.getHeader('location'), res.getHeader('content-location')]
    const urls = new Set([url, ...others.map((value) => sameOriginUrl(origin, url, value))])
    const work: MaybePromise<unknown>[] = []
    for (const each of urls) {
      const dropped = each === undefined ? undefined : drop(layer, origin, each)
      if (each === url && dropped !== undefined) exchangeOf(req).dropped = dropped
      work.push(dropped)
    }
    const groups = invalidatedGroups(res.getHeaders() as HeaderMap, origin)
    if (groups.length > 0) work.push(layer.keys().cache.tags.invalidate(groups))
    // Whoever changed something must find it changed.
    if (work.some(isPromise)) endAfter(Promise.all(work))
  })
}

/** Drops all variants of a URL from a layer's cache, or leaves them as stale. */
export function drop(layer: Layer, origin: Origin, url: string, soft = false): MaybePromise<Dropped> {
  const keys = layer.keys()
  return dropPages(keys, keys.url(origin, selectQuery(url, layer.rules.query)), Date.now(), soft)
}

/** Path and query of a reference, if it leads to where its request went. */
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
