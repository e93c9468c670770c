import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise, type MaybePromise } from '@sitecache/core/internal'
import { type HeaderMap, isSafe, sameOriginUrl } from '@sitecache/http'
import onHeaders from 'on-headers'
import { deferEnd } from '../capture/defer-end.js'
import { originOf, targetOf } from '../node/request-target.js'
import type { Layer } from '../options/layer.js'
import { invalidatedGroups } from '../pages/cache-groups.js'
import { purgeUrl } from '../purging/purge-url.js'
import { ownPurge } from '../response/store-response.js'
import { peekState } from '../state/request-state.js'

/**
 * RFC 9111 §4.4: once an unsafe request has succeeded, the pages of its URL, and of its Location
 * and Content-Location where these are of the same origin, are out of date.
 */
export function dropUnsafe(layer: Layer, req: IncomingMessage, res: ServerResponse): void {
  if (isSafe(req.method ?? 'GET')) return
  const origin = originOf(req, layer.app)
  const { url } = targetOf(req)
  const endAfter = deferEnd(res)
  onHeaders(res, () => {
    if (res.statusCode < 200 || res.statusCode > 399) return
    // A layer below keeps pages for it.
    if (peekState(req)?.isSafe === true) return
    const others = [res.getHeader('location'), res.getHeader('content-location')]
    const urls = new Set([url, ...others.map((value) => sameOriginUrl(origin, url, value))])
    const work: MaybePromise<unknown>[] = []
    for (const each of urls) {
      const dropped = each === undefined ? undefined : purgeUrl(layer, origin, each)
      if (each === url && dropped !== undefined) ownPurge.set(req, dropped)
      work.push(dropped)
    }
    const groups = invalidatedGroups(res.getHeaders() as HeaderMap, origin)
    if (groups.length > 0) work.push(layer.keys().cache.tags.invalidate(groups))
    // Whoever changed something must find it changed.
    if (work.some(isPromise)) endAfter(Promise.all(work))
  })
}
