import type { IncomingMessage, ServerResponse } from 'node:http'
import { formatCacheStatus } from '@sitecache/http'
import { debugLine, requestLog } from '../node/debug.js'
import { appendCacheStatus } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { dropUnsafe } from './invalidate-unsafe.js'
import type { BypassReason } from './locate.js'

/** Keeps out of an exchange, but for what an unsafe request changes (RFC 9111 §4.4). */
export function bypass(layer: Layer, req: IncomingMessage, res: ServerResponse, reason: BypassReason): void {
  layer.keys().cache.meter.skip(reason)
  if (requestLog.enabled) debugLine(req).end('bypass', reason)
  if (layer.rules.cacheStatus) {
    const fwd = reason === 'method' ? 'method' : 'bypass'
    appendCacheStatus(res, formatCacheStatus({ fwd, detail: reason === 'method' ? undefined : reason }))
  }
  if (reason === 'method' && layer.rules.invalidateOnUnsafe) dropUnsafe(layer, req, res)
}
