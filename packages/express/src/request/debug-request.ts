import type { IncomingMessage } from 'node:http'
import type { RequestDecision } from '@sitecache/http'
import { type DebugLine, debugLine } from '../node/debug.js'
import { ownRequestOf } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'

/** Gives a location the line that `NODE_DEBUG=sitecache` writes of its request. */
export function withDebugLine(location: PageLocation, req: IncomingMessage): PageLocation {
  return { ...location, debug: debugLine(req, location.recordKey, ownRequestOf(req)?.purpose) }
}

/** Notes in the line of a request what was found and decided. */
export function noteLookUp(debug: DebugLine, found: Found, { action }: RequestDecision, now: number): void {
  debug.lookedUp(nameOf(found, now), action)
}

function nameOf({ page, record, isSoftPurged }: Found, now: number): string {
  if (page === undefined) return record === undefined ? 'nothing' : 'record'
  if (isSoftPurged || !page.isFresh(now)) return 'stale'
  return page.status === 206 ? 'part' : 'fresh'
}
