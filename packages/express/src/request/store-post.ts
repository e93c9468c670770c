import type { IncomingMessage, ServerResponse } from 'node:http'
import { headersOf } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { type Miss, nothingToRestore } from '../response/forwarded.js'
import { captureFor } from '../response/recorder.js'
import { knownExchange } from '../state/request-state.js'
import { placeFor } from './locate.js'

/**
 * RFC 9110 §9.3.3: a POST whose response says by Content-Location that it is what a GET of its URL would have, and for how long it is
 * fresh, makes the page for those GETs. Under policy 'rfc9111' alone: Django's cache knows no such thing.
 */
export function mayBePosted({ rules }: Layer, req: IncomingMessage): boolean {
  return rules.policy === 'rfc9111' && rules.invalidateOnUnsafe && req.method === 'POST'
}

/**
 * Records what such a POST is answered.
 *
 * @param epoch the clock of the tags, before the handler runs
 */
export function recordPosted(layer: Layer, req: IncomingMessage, res: ServerResponse, epoch: number): void {
  const { rules } = layer
  if (knownExchange(req)?.skipped === true) return
  try {
    const place = rules.skip?.(req) === true ? undefined : placeFor(layer, req)
    if (place === undefined) return
    const { recording, capture } = captureFor(layer, req, res)
    const miss: Miss = {
      place,
      // What counts is what its own purge will have left.
      seen: { record: undefined, fence: '' },
      epoch,
      stored: undefined,
      asked: 'as-it-is',
      restore: nothingToRestore,
      requestHeaders: { ...req.headers },
      standing: headersOf(res),
      forwarded: 'method',
      requestTime: Date.now(),
      watch: undefined,
      flight: undefined,
    }
    recording.begin(miss, capture)
  } catch (error) {
    layer.keys().cache.meter.error(error, 'recognise')
  }
}
