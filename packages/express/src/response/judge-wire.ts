import type { Storability } from '@sitecache/http'
import { wireHead } from '../capture/wire.js'
import { peekHoles } from '../holes/page-holes.js'
import type { Headers } from '../node/response-headers.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import type { PendingPage } from './build-page.js'
import type { Forwarded } from './forwarded.js'
import { judge } from './judge.js'
import type { Response } from './response.js'
import { asBeforePrivate } from './told-to-clients.js'

/**
 * Layers outside may have changed the head: what went out decides, but for what the holes of a page
 * made of it. Undefined: not known.
 */
export function judgeWire(
  response: Response,
  forwarded: Forwarded,
  pending: PendingPage,
): Storability | undefined {
  const { layer, req, res } = response
  const wire = wireHead(res)
  if (wire === undefined) return undefined
  const headers: Headers = { ...wire.headers }
  peekHoles(req)?.asRendered(headers)
  takeTargetedControl(req, res, headers)
  asBeforePrivate(response, headers)
  // A layer outside that answers 304 to this client has seen the whole page, and says of it what is
  // to be said.
  const status = wire.status === 304 ? pending.head.status : wire.status
  return judge(layer, forwarded, status, headers, pending.storedAt)
}
