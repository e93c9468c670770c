import type { IncomingMessage } from 'node:http'
import { headersOf } from '../headers/response-headers.js'
import { renderPage } from '../holes/with-holes.js'
import type { Found } from '../pages/find-page.js'
import type { Flight } from '../pages/flights.js'
import { askForTheRest, askWhetherModified } from './ask.js'
import { watchCookiesToCome } from './cookies-to-come.js'
import { showExchange } from './exchange.js'
import type { Forwarded, LookedUp } from './looked-up.js'
import { type Asked, nothingToRestore } from './miss.js'
import { captureFor } from './recording.js'
import { watchVisitor } from './watch-visitor.js'

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
