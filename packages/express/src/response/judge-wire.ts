import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Storability } from '@sitecache/http'
import { wireHead } from '../capture/wire.js'
import { peekHoles } from '../holes/page-holes.js'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import type { PendingPage } from './build-page.js'
import type { Forwarded } from './forwarded.js'
import { judge } from './judge.js'

/** Layers outside may have changed the head: what went out decides, but for what the holes of a page made of it. Undefined: not known. */
export function judgeWire(
  layer: Layer,
  forwarded: Forwarded,
  pending: PendingPage,
  req: IncomingMessage,
  res: ServerResponse,
): Storability | undefined {
  const wire = wireHead(res)
  if (wire === undefined) return undefined
  const headers: Headers = { ...wire.headers }
  peekHoles(req)?.asRendered(headers)
  takeTargetedControl(req, res, headers)
  // A layer outside that answers 304 to this client has seen the whole page, and says of it what is to be said.
  const status = wire.status === 304 ? pending.head.status : wire.status
  return judge(layer, forwarded, status, headers, pending.storedAt)
}
