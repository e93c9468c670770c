import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Judgement } from '@sitecache/http'
import { wireHead } from '../capture/wire.js'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { knownExchange } from '../state/request-state.js'
import { takeOwnControl } from '../state/targeted-control.js'
import type { Draft } from './build-page.js'
import type { Miss } from './forwarded.js'
import { judge } from './judge.js'

/** Layers outside may have changed the head: what went out decides, but for what the holes of a page made of it. Undefined: not known. */
export function judgeWire(
  layer: Layer,
  miss: Miss,
  draft: Draft,
  req: IncomingMessage,
  res: ServerResponse,
): Judgement | undefined {
  const wire = wireHead(res)
  if (wire === undefined) return undefined
  const headers: Headers = { ...wire.headers }
  knownExchange(req)?.holes?.unveil(headers)
  takeOwnControl(req, res, headers)
  // A layer outside that answers 304 to this client has seen the whole page, and says of it what is to be said.
  const status = wire.status === 304 ? draft.head.status : wire.status
  return judge(layer, miss, status, headers, draft.storedAt)
}
