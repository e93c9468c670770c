import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderMap, Page, Reason, Storable } from '@sitecache/http'
import { renderUncached } from '../holes/render-page.js'
import { headersOf } from '../node/response-headers.js'
import { field } from '../node/types.js'
import type { PageLocation } from '../pages/page-location.js'
import type { ArrivedRequest } from '../request/arrived-request.js'
import { forward } from '../request/forward.js'
import { locate, locateByBody } from '../request/locate.js'
import { noteLayer } from '../response/cache-status.js'
import type { ResponseTrial } from '../response/forwarded.js'
import { lastRender } from '../response/last-render.js'
import { dropTargetedControl } from '../state/targeted-control.js'
import {
  explainBypass,
  explainLookUp,
  type Looked,
  look,
  type RequestAtLayer,
  type TrialResult,
} from './explain-layer.js'
import type { LayerExplanation } from './explanation.js'

/** Visit of a request on trial to one layer of cache. */
export class LayerVisit implements ResponseTrial {
  readonly #arrived: ArrivedRequest
  readonly #ended: () => void
  #request: RequestAtLayer
  #bypass: Reason | undefined
  #looked: Looked | undefined
  #result: TrialResult | undefined

  /** @param ended called when it is known what would become of the response */
  constructor(arrived: ArrivedRequest, ended: () => void) {
    this.#arrived = arrived
    this.#ended = ended
    this.#request = requestAt(arrived, arrived.req.headers)
  }

  /** Whether a response is still to come. */
  get isOpen(): boolean {
    return this.#bypass === undefined && this.#result === undefined && !this.#isAnswered
  }

  /** Looks up, and lets the request go on where no page would be served, as the layer does. */
  async run(): Promise<unknown> {
    const arrived = this.#arrived
    const { layer, req, res } = arrived
    // Nobody waits for this promise: frameworks of old don't know of any.
    arrived.isLate = true
    const found = locate(layer, req, res)
    const location = found === 'by-body' ? await locateByBody(layer, req, res) : found
    if (location === undefined) return undefined
    return typeof location === 'string' ? this.#passOn(location) : this.#lookUp(location)
  }

  #passOn(reason: Reason): unknown {
    const arrived = this.#arrived
    const { layer, req, res, record } = arrived
    this.#bypass = reason
    noteLayer(req, layer, reason)
    if (record === undefined) dropTargetedControl(res)
    this.#ended()
    return renderUncached(layer, req, res, () => arrived.handle())
  }

  async #lookUp(location: PageLocation): Promise<unknown> {
    const arrived = this.#arrived
    const { layer, req, res, record } = arrived
    const now = Date.now()
    const { headers } = location.source
    this.#request = requestAt(this.#arrived, headers)
    const looked = await look(this.#request, location, now)
    this.#looked = looked
    if (this.#isAnswered) {
      this.#ended()
      res.statusCode = 204
      return res.end()
    }
    const found = { ...nothingFound, ...looked.peeked, page: undefined }
    const method = field(req, 'method') ?? 'GET'
    const request = { arrived, layer, req, res, record, report: undefined, method, headers, location }
    const decision = { action: 'miss', reason: 'uri-miss' } as const
    return forward({ ...request, since: now, turn: 0, trial: this }, found, decision, now, undefined)
  }

  get #isAnswered(): boolean {
    const action = this.#looked?.decision.action
    return action === 'serve' || action === 'serve-stale' || action === 'unsatisfiable'
  }

  stored(page: Page, how: Storable, inputs: readonly string[]): void {
    const source = how.field ?? how.lifetime.source
    this.#take({ page, source, inputs, ...sentBy(this.#arrived.res, 'miss', undefined) })
  }

  skipped(reason: Reason): void {
    this.#take({ inputs: [], ...sentBy(this.#arrived.res, 'unstorable', reason) })
  }

  /** The first counts: a client that leaves once all is known makes `aborted` of what follows. */
  #take(result: TrialResult): void {
    if (this.#result !== undefined) return
    this.#result = result
    this.#ended()
  }

  /** @returns undefined where the request has not got so far */
  explanation(now: number): LayerExplanation | undefined {
    if (this.#bypass !== undefined) return explainBypass(this.#request, this.#bypass)
    return this.#looked && explainLookUp(this.#request, this.#looked, this.#result, now)
  }
}

const nothingFound = { record: undefined, fence: '', epoch: 0, isSoftPurged: false }

function requestAt({ layer, req }: ArrivedRequest, headers: HeaderMap): RequestAtLayer {
  return { layer, method: field(req, 'method') ?? 'GET', headers, target: targetIn(req), isComplete: true }
}

/** Returns the target of a request as its client sent it. */
export function targetIn(req: IncomingMessage): string {
  return field(req, 'originalUrl') ?? field(req, 'url') ?? '/'
}

function sentBy(
  res: ServerResponse,
  result: 'miss' | 'unstorable',
  reason: Reason | undefined,
): Pick<TrialResult, 'last' | 'sent'> {
  const sent = { status: res.statusCode, headers: headersOf(res) }
  return { last: lastRender(res, result, reason, true), sent }
}
