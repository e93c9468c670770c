import type { IncomingMessage } from 'node:http'
import {
  type AddedLifetime,
  addedLifetimeOf,
  type Page,
  removeAddedLifetime,
  type Storability,
} from '@sitecache/http'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { RequestSlot } from '../state/request-state.js'
import { isInside } from './cache-status.js'

/**
 * Lifetime that a layer inside has added to the response for clients, and that it keeps the page
 * itself.
 */
interface ToldLifetime extends AddedLifetime {
  /** Seconds. */
  readonly lifetime: number
}

const toldLifetime = new RequestSlot<ToldLifetime>()

/** Notes for layers further out the lifetime that this one added. */
export function noteAddedLifetime(req: IncomingMessage, told: ToldLifetime): void {
  toldLifetime.set(req, told)
}

/** Notes for layers further out that a stored page says a lifetime that was added to it. */
export function noteStoredLifetime(req: IncomingMessage, page: Page): void {
  if (page.basis === 'explicit' || !isInside(req)) return
  const added = addedLifetimeOf(page)
  if (added !== undefined) toldLifetime.set(req, { ...added, lifetime: page.lifetime })
}

/**
 * Returns headers by which a layer judges a response: without the lifetime that sitecache has added
 * to it, which is no word of its handler.
 */
export function withoutAddedLifetime({ rules }: Layer, req: IncomingMessage, headers: Headers): Headers {
  const told = rules.policy === 'django' ? toldLifetime.of(req) : undefined
  if (told === undefined) return headers
  const judged = { ...headers }
  removeAddedLifetime(judged, told)
  return judged
}

/**
 * Limits the site's timeout, where it is that of a response which a layer inside keeps for a
 * shorter
 * time: of two lifetimes that are added the shorter counts.
 */
export function noLongerThanInside(req: IncomingMessage, how: Storability): Storability {
  const { lifetime } = how
  if (!how.storable || lifetime?.source !== 'site') return how
  const seconds = Math.min(lifetime.seconds, toldLifetime.of(req)?.lifetime ?? Number.POSITIVE_INFINITY)
  return { ...how, lifetime: { ...lifetime, seconds } }
}
