import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '@sitecache/core'
import { isPromise, type MaybePromise } from '@sitecache/core/internal'
import { type HeaderMap, isSafe, purgeKeyText, sameOriginUrl } from '@sitecache/http'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import { quietly } from '../inputs/request-reads.js'
import { originOf, targetOf } from '../node/request-target.js'
import type { Layer } from '../options/layer.js'
import { invalidatedGroups } from '../pages/cache-groups.js'
import { type Purged, purgePages } from '../purging/purge-pages.js'
import { ownPurges } from '../response/store-response.js'
import { peekState } from '../state/request-state.js'

/**
 * RFC 9111 §4.4: once an unsafe request has succeeded, the pages of its URL, and of its Location
 * and Content-Location where these are of the same origin, are out of date.
 */
export function dropUnsafe(layer: Layer, req: IncomingMessage, res: ServerResponse): void {
  if (isSafe(req.method ?? 'GET')) return
  const { origin, url } = quietly(req, () => ({ origin: originOf(req, layer.app), url: targetOf(req).url }))
  const endAfter = deferEnd(res)
  onHeaders(res, () => {
    if (res.statusCode < 200 || res.statusCode > 399) return
    // A layer below keeps pages for it.
    if (peekState(req)?.isSafe === true) return
    const { cache } = layer.keys()
    const purges = ownPurges.of(req) ?? new Map<Cache, MaybePromise<Purged>>()
    // Layers of one cache are purged together.
    if (purges.has(cache)) return
    ownPurges.set(req, purges)
    const drop = (path: string) => purgePages(cache, { host: origin.host, path }, false)
    const own = drop(url)
    purges.set(cache, own)
    const isAlone = layer.rules.invalidateOnUnsafe === 'url'
    const others = isAlone ? [] : [res.getHeader('location'), res.getHeader('content-location')]
    const urls = new Set(others.map((value) => sameOriginUrl(origin, url, value)))
    urls.delete(url)
    const all = [url, ...urls].filter((each) => each !== undefined)
    const names = all.map((each) => purgeKeyText(origin.host, each))
    cache.meter.invalidate('unsafe', 'hard', names)
    const work: MaybePromise<unknown>[] = [own]
    for (const each of urls) if (each !== undefined) work.push(drop(each))
    const groups = invalidatedGroups(res.getHeaders() as HeaderMap, origin)
    if (groups.length > 0) work.push(cache.tags.invalidate(groups))
    // The client that changed something must find it changed.
    if (work.some(isPromise)) endAfter(Promise.all(work))
  })
}
