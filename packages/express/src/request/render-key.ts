import { askedConditions } from '@sitecache/http'
import { ownRequestOf } from '../node/own-requests.js'
import type { Layer, LayerKind } from '../options/layer.js'
import { NO_FENCE, purgesIn } from '../pages/fence.js'
import type { Known } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import type { ForwardDecision, LocatedRequest } from './located-request.js'

/**
 * Under which name requests wait for one another; undefined: this one goes on by itself.
 *
 * Of a URL that is known, those wait together that have the same page; of one that isn't, all that
 * differ by no more than Vary can tell: the page shows whose it is. What purges left is part of it:
 * a request that comes after one doesn't wait for what began before.
 */
export function renderKey(
  { layer, req, headers, location }: LocatedRequest,
  known: Known,
  { action, reason }: ForwardDecision,
): string | undefined {
  if (!layer.rules.coalesce || reason === 'request' || action === 'complete') return undefined
  if (req.method !== 'GET' && location.body === undefined) return undefined
  // The request that it was made for has the render still under way: each would wait for the other.
  if (ownRequestOf(req)?.purpose === 'refetch') return undefined
  if (action === 'miss' && askedConditions(headers) === 'for-the-handler') return undefined
  const name = nameOf(layer, location, known)
  const purges = purgesIn(known.fence)
  return name === undefined || purges === NO_FENCE ? name : `${name} ${purges}`
}

function nameOf(layer: Layer, location: PageLocation, { record }: Known): string | undefined {
  const { keys, recordKey, extraKey, source, matching } = location
  if (record !== undefined) return keys.page(record, extraKey, source, matching)
  return extraKey === layer.noExtraKey ? recordKey : `${recordKey} ${extraKey}`
}

/** The same name among several processes: two kinds of layer keep different pages of one URL. */
export function lockName(kind: LayerKind, render: string): string {
  return `${kind} ${render}`
}
