import type { IncomingMessage, ServerResponse } from 'node:http'
import { quietly } from '../inputs/request-reads.js'
import { isOpen } from '../node/open-response.js'
import { field } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { handleRequest } from '../request/handle.js'
import { locate } from '../request/locate.js'
import { nameOfLayer } from '../response/cache-status.js'
import { reportExchange, tellLeft } from '../response/exchange-told.js'
import type { RecordedResponse } from '../response/record.js'
import { explainBypass, explainLookUp, look } from './explain-layer.js'
import type { LayerExplanation } from './explanation.js'
import { fieldMember } from './field-member.js'
import { targetIn } from './layer-visit.js'

const FIELD = 'Sitecache-Explain'

/** Handles a request that has come to a layer; see `handleRequest`. */
export type HandleRequest = (
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  record?: () => RecordedResponse,
) => unknown

/**
 * Chooses what handles the requests of a layer: `handleRequest`; with the option `explain`, one
 * that tells a request which asks for it by `Sitecache-Explain`, and may, what becomes of it, in a
 * response field of that name.
 */
export function handlerOf({ rules }: Layer): HandleRequest {
  const { mayExplain } = rules
  return mayExplain === undefined ? handleRequest : handleExplained(mayExplain)
}

function handleExplained(mayExplain: (req: IncomingMessage) => unknown): HandleRequest {
  return (layer, req, res, onwards, record) => {
    if (req.headers['sitecache-explain'] === undefined) return handleRequest(layer, req, res, onwards, record)
    return tell(layer, req, res, mayExplain).then(() =>
      isOpen(res)
        ? handleRequest(layer, req, res, onwards, record, true)
        : tellLeft({ layer, req, report: reportExchange(layer, layer.keys().cache, req, res) }),
    )
  }
}

/** Never rejects: without an explanation the request goes on as any. */
async function tell(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  mayExplain: (req: IncomingMessage) => unknown,
): Promise<void> {
  try {
    if (!(await quietly(req, () => mayExplain(req)))) return
    const explained = await explainNow(layer, req, res)
    if (explained === undefined || !isOpen(res)) return
    const before = res.getHeader(FIELD)
    const member = fieldMember(nameOfLayer(req, layer), explained)
    res.setHeader(FIELD, before === undefined ? member : `${String(before)}, ${member}`)
  } catch (error) {
    layer.keys().cache.meter.error(error, 'explain')
  }
}

/** @returns undefined for a request whose page depends on its content, which is not read for it */
async function explainNow(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<LayerExplanation | undefined> {
  const at = locate(layer, req, res)
  if (at === 'by-body') return undefined
  const headers = typeof at === 'string' ? req.headers : at.source.headers
  const method = field(req, 'method') ?? 'GET'
  const request = { layer, method, headers, target: targetIn(req), isComplete: true }
  if (typeof at === 'string') return explainBypass(request, at)
  const now = Date.now()
  return explainLookUp(request, await look(request, at, now), undefined, now)
}
