import type { IncomingMessage } from 'node:http'
import { renderPage } from '../holes/render-page.js'
import { quietly } from '../inputs/index.js'
import { ownRequestOf } from '../node/own-requests.js'
import { headersOf } from '../node/response-headers.js'
import type { Found } from '../pages/find-page.js'
import type { Render } from '../pages/renders.js'
import { nothingToRestore, type RequestMode } from '../response/forwarded.js'
import { watchReads } from '../response/page-reads.js'
import { recordResponse } from '../response/recorder.js'
import { exposeRequestCache } from '../state/request-state.js'
import { makeConditional, makeRangeRequest } from './conditional-request.js'
import type { ForwardDecision, LocatedRequest } from './located-request.js'

/**
 * Captures the response, and lets the request go on to the handler, which is asked as was decided.
 */
export function forward(
  { layer, req, res, location, recorded, onwards }: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  now: number,
  render: Render | undefined,
): unknown {
  const { recorder, capture } = recorded ?? recordResponse(layer, req, res)
  exposeRequestCache(req)
  ownRequestOf(req)?.reached.add(location.extraKey)
  const requestHeaders = { ...location.source.headers }
  const restore = quietly(req, () => prepare(req, decision))
  const isBelow = layer.kind === 'page' || recorded !== undefined
  const reads = watchReads({ layer, req, res }, location, isBelow ? 'below' : 'top', found.record)
  recorder.start(
    {
      location,
      known: found,
      epoch: found.epoch,
      stored: found.page,
      mode: modeOf(decision),
      restore: () => quietly(req, restore),
      requestHeaders,
      priorHeaders: headersOf(res),
      fwd: decision.reason,
      requestTime: now,
      reads,
      render,
    },
    capture,
  )
  return renderPage(layer, req, res, onwards)
}

function modeOf({ action }: ForwardDecision): RequestMode {
  if (action === 'validate') return 'conditional'
  return action === 'complete' ? 'range' : 'plain'
}

function prepare(req: IncomingMessage, decision: ForwardDecision): () => void {
  if (decision.action === 'validate') return makeConditional(req, decision.page)
  if (decision.action === 'complete') return makeRangeRequest(req, decision.page, decision.range)
  return nothingToRestore
}
