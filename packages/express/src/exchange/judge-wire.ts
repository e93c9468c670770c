import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Judgement } from '@sitecache/http'
import { wireHead } from '../capture/wire.js'
import type { Headers } from '../headers/response-headers.js'
import type { Layer } from '../options/layer.js'
import type { Draft } from './draft.js'
import { knownExchange } from './exchange.js'
import { judge } from './judge.js'
import type { Miss } from './miss.js'
import { takeOwnControl } from './own-control.js'

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
