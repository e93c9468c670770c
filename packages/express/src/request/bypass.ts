import { noteLayer, tellPassing } from '../response/cache-status.js'
import { tellUnserved } from '../response/exchange-told.js'
import { keepFromOthers } from '../response/told-to-clients.js'
import type { ArrivedRequest } from './arrived-request.js'
import { dropUnsafe } from './invalidate-unsafe.js'
import type { BypassReason } from './locate.js'

/** Keeps out of an exchange, but for what an unsafe request changes (RFC 9111 §4.4). */
export function bypass(
  arrived: Pick<ArrivedRequest, 'layer' | 'req' | 'res' | 'report'>,
  reason: BypassReason,
): void {
  const { layer, req, res } = arrived
  layer.keys().cache.meter.skip(reason)
  const fwd = reason === 'method' ? 'method' : 'bypass'
  tellUnserved(arrived, 'bypass', reason, fwd)
  if (layer.rules.cacheStatus)
    tellPassing(req, res, layer, { fwd, detail: reason === 'method' ? undefined : reason }, reason)
  else noteLayer(req, layer, reason)
  if (reason === 'signed-in' || reason === 'error') keepFromOthers(arrived)
  if (reason === 'method' && layer.rules.invalidateOnUnsafe !== false) dropUnsafe(layer, req, res)
}
