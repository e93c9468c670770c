import type { IncomingMessage } from 'node:http'
import type { RequestDecision } from '@sitecache/http'
import { debugLine } from '../node/debug.js'
import { ownRequestOf } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'

/** Gives a location the line that `NODE_DEBUG=sitecache` writes of its request; without that, returns it as it is. */
export function withDebugLine(location: PageLocation, req: IncomingMessage): PageLocation {
  const debug = debugLine(req, location.recordKey, ownRequestOf(req)?.purpose)
  return debug === undefined ? location : { ...location, debug }
}

/** Notes in the line of a request, if it has one, what was found and decided. */
export function noteLookUp(
  { debug }: PageLocation,
  found: Found,
  { action }: RequestDecision,
  now: number,
): void {
  if (debug !== undefined) debug.lookedUp(nameOf(found, now), action)
}

function nameOf({ page, record, isSoftPurged }: Found, now: number): string {
  if (page === undefined) return record === undefined ? 'nothing' : 'record'
  if (isSoftPurged || !page.isFresh(now)) return 'stale'
  return page.status === 206 ? 'part' : 'fresh'
}
