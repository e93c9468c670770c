import type { IncomingMessage } from 'node:http'
import { askedConditions } from '@sitecache/http'
import { renderPage } from '../holes/render-page.js'
import { quietly } from '../inputs/request-reads.js'
import { ownRequestOf } from '../node/own-requests.js'
import { headersOf } from '../node/response-headers.js'
import type { Found } from '../pages/find-page.js'
import type { Render } from '../pages/renders.js'
import { noteLayer } from '../response/cache-status.js'
import { ForwardedTold } from '../response/exchange-told.js'
import { nothingToRestore, type RequestMode } from '../response/forwarded.js'
import { watchReads } from '../response/page-reads.js'
import { recordResponse } from '../response/record.js'
import { exposeRequestCache } from '../state/request-state.js'
import { makeConditional, makeRangeRequest, makeUnconditional } from './conditional-request.js'
import type { ForwardDecision, LocatedRequest } from './located-request.js'

/**
 * Captures the response, and lets the request go on to the handler, which is asked as was decided.
 */
export function forward(
  request: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  now: number,
  render: Render | undefined,
): unknown {
  const { layer, req, res, method, location, record, arrived } = request
  const { recorder, capture } = record?.() ?? recordResponse(layer, req, res)
  // Layers inside see by it that one stands outside.
  noteLayer(req, layer, location)
  exposeRequestCache(req)
  ownRequestOf(req)?.reached.add(location.extraKey)
  // A copy: conditions that the cache puts to the handler are none of its client's.
  const requestHeaders = { ...location.source.headers }
  const { trial } = request
  const mode = trial === undefined ? modeOf(decision, method, location) : 'plain'
  const restore = quietly(req, () => prepare(req, decision, mode))
  const isBelow = layer.kind === 'page' || record !== undefined
  const reads = watchReads({ layer, req, res }, location, isBelow ? 'below' : 'top', found.record)
  recorder.start(
    {
      location,
      known: found,
      epoch: found.epoch,
      stored: found.page,
      mode,
      restore: () => quietly(req, restore),
      requestHeaders,
      priorHeaders: headersOf(res),
      fwd: decision.reason,
      requestTime: now,
      reads,
      render,
      told: trial === undefined ? new ForwardedTold(request, decision.reason) : undefined,
      trial,
    },
    capture,
  )
  for (const sample of request.report?.bodySamples() ?? []) capture.sample(sample)
  const run = (): unknown => renderPage(layer, req, res, () => arrived.handle())
  return request.report === undefined ? run() : request.report.render(run)
}

function modeOf(
  { action }: ForwardDecision,
  method: string,
  { source, body }: LocatedRequest['location'],
): RequestMode {
  if (action === 'validate') return 'conditional'
  if (action === 'complete') return 'range'
  // A HEAD has no page of its own to answer by.
  const isPage = method === 'GET' || body?.method === 'QUERY'
  return isPage && askedConditions(source.headers) === 'answered-here' ? 'whole' : 'plain'
}

function prepare(req: IncomingMessage, decision: ForwardDecision, mode: RequestMode): () => void {
  if (decision.action === 'validate') return makeConditional(req, decision.page)
  if (decision.action === 'complete') return makeRangeRequest(req, decision.page, decision.range)
  return mode === 'whole' ? makeUnconditional(req) : nothingToRestore
}
