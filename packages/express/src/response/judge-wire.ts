import { parseVary, type Storability } from '@sitecache/http'
import { wireHead } from '../capture/wire.js'
import { peekHoles } from '../holes/page-holes.js'
import type { Headers } from '../node/response-headers.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import { noLongerThanInside, withoutAddedLifetime } from './added-lifetime.js'
import type { Forwarded } from './forwarded.js'
import { judge } from './judge.js'
import type { Response } from './response.js'
import { asBeforePrivate } from './told-to-clients.js'

/**
 * Statuses by which a layer outside, or the cache itself, answers one client's conditions from the
 * whole page.
 */
const ofConditions: ReadonlySet<number> = new Set([206, 304, 416])

/** A page whose head went out. */
export interface SentPage {
  readonly status: number
  readonly storedAt: number
  /** Content-Encoding of the body that is kept; undefined: none. */
  readonly coding: string | undefined
  /** The head as it left this layer said that the body varies by Accept-Encoding. */
  readonly variesByCoding: boolean
  /** Targeted field that the page obeys, which is not on the wire. */
  readonly field?: string | undefined
  readonly targeted?: string | undefined
  /** Set-Cookie that is its client's alone, and doesn't keep the page from being stored. */
  readonly ownCookies?: Headers[string]
}

/**
 * Judges a page by the head that went out, which layers outside may have changed, but for what the
 * holes of a page made of it.
 *
 * @returns undefined where that head is not known
 */
export function judgeWire(response: Response, forwarded: Forwarded, sent: SentPage): Storability | undefined {
  const { layer, req, res } = response
  const wire = wireHead(res)
  if (wire === undefined) return undefined
  const headers: Headers = { ...wire.headers }
  peekHoles(req)?.asRendered(headers)
  takeTargetedControl(req, res, headers)
  asBeforePrivate(response, headers)
  if (sent.coding === undefined && headers['content-encoding'] !== undefined) layer.checks?.encodedOutside()
  asBeforeEncoding(headers, sent)
  const { field, targeted, ownCookies } = sent
  if (field !== undefined) headers[field] ??= targeted
  if (ownCookies !== undefined && String(headers['set-cookie']) === String(ownCookies))
    delete headers['set-cookie']
  const status = ofConditions.has(wire.status) ? sent.status : wire.status
  if (status !== 206) delete headers['content-range']
  const judged = withoutAddedLifetime(layer, req, headers)
  return noLongerThanInside(req, judge(layer, forwarded, status, judged, sent.storedAt))
}

/**
 * Takes back what a layer outside did that encodes bodies: the page is kept as it was before, once
 * for all encodings, and that layer encodes it anew for each client.
 */
function asBeforeEncoding(headers: Headers, { coding, variesByCoding }: SentPage): void {
  headers['content-encoding'] = coding
  if (variesByCoding) return
  const names = parseVary(headers.vary).filter((name) => name !== 'accept-encoding')
  headers.vary = names.length === 0 ? undefined : names.join(', ')
}
