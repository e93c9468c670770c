import type { IncomingMessage } from 'node:http'
import { type Decision, decide } from '@sitecache/http'
import { canDispatch, isOwnRequest } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import type { LookedUp } from './located-request.js'

/** What is to be done with a request, by what was found for it. */
export function decisionFor({ layer, req, method, headers }: LookedUp, found: Found, now: number): Decision {
  const { rules } = layer
  return decide({
    policy: rules.policy,
    method,
    requestHeaders: headers,
    page: found.page,
    hadRecord: found.record !== undefined,
    now,
    staleWhileRevalidate: rules.staleWhileRevalidate,
    softened: found.softened,
    refreshing: refreshingBy(req, found, now),
  })
}

/** Who asks counts only where a page answers in part, or no longer; a request of our own is there for a new one. */
function refreshingBy(req: IncomingMessage, { page, softened }: Found, now: number): boolean | 'at-once' {
  if (page === undefined) return false
  if (isOwnRequest(req)) return 'at-once'
  return (page.status === 206 || softened || !page.isFresh(now)) && !canDispatch(req)
}
