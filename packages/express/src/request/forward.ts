import type { IncomingMessage } from 'node:http'
import { renderPage } from '../holes/render-page.js'
import { headersOf } from '../node/response-headers.js'
import type { Found } from '../pages/find-page.js'
import type { Flight } from '../pages/renders.js'
import { type Asked, nothingToRestore } from '../response/forwarded.js'
import { captureFor } from '../response/recorder.js'
import { showExchange } from '../state/request-state.js'
import { watchCookiesToCome } from '../visitor/late-cookies.js'
import { watchVisitor } from '../visitor/watch.js'
import { askForTheRest, askWhetherModified } from './conditional-request.js'
import type { Forwarded, LookedUp } from './located-request.js'

/** Captures the response, and lets the request go on to the handler, which is asked as was decided. */
export function goOn(
  { layer, req, res, place, capturing, onwards }: LookedUp,
  found: Found,
  decision: Forwarded,
  now: number,
  flight: Flight | undefined,
): unknown {
  const { recording, capture } = capturing ?? captureFor(layer, req, res)
  showExchange(req)
  const watch = watchVisitor(req, res)
  watchCookiesToCome(req)
  const requestHeaders = { ...req.headers }
  recording.begin(
    {
      place,
      seen: found,
      epoch: found.epoch,
      stored: found.page,
      asked: askedBy(decision),
      restore: ask(req, decision),
      requestHeaders,
      standing: headersOf(res),
      forwarded: decision.reason,
      requestTime: now,
      watch,
      flight,
    },
    capture,
  )
  return renderPage(layer, req, res, onwards)
}

function askedBy({ action }: Forwarded): Asked {
  if (action === 'validate') return 'whether-modified'
  return action === 'complete' ? 'for-the-rest' : 'as-it-is'
}

function ask(req: IncomingMessage, decision: Forwarded): () => void {
  if (decision.action === 'validate') return askWhetherModified(req, decision.page)
  if (decision.action === 'complete') return askForTheRest(req, decision.page, decision.range)
  return nothingToRestore
}
