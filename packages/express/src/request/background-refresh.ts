import type { IncomingMessage } from 'node:http'
import { type HeaderMap, type InputSource, isServerError, type Page, type VaryRecord } from '@sitecache/http'
import { RequestInputs } from '../inputs/request-inputs.js'
import {
  dispatchAgain,
  lateError,
  OWN_REQUEST_MS,
  type OwnRequest,
  ownRequest,
  ownRequestOf,
} from '../node/own-requests.js'
import { drain } from '../node/unneeded-body.js'
import { findPageAnew } from '../pages/find-page.js'
import type { PageLock } from '../pages/page-locks.js'
import type { LocatedRequest } from './located-request.js'
import { lockName } from './render-key.js'

/**
 * A refresh that takes longer than this, in milliseconds, doesn't keep the next one from beginning.
 */
const PATIENCE_MS = 30_000
/**
 * Milliseconds after which it is seen whether another process, which was at it, has refreshed a
 * page.
 */
const ELSEWHERE_MS = 1000
const MAX_REMEMBERED = 5000

/**
 * Until when no other refresh begins, by the full key of the page; milliseconds since the epoch.
 */
const quiet = new Map<string, number>()

/** Locks under which requests of the cache's own were made, for the render that is to end them. */
const heldLocks = new WeakMap<OwnRequest, PageLock>()

/** Returns the lock under which the cache made a request; undefined: it made it without one. */
export function refreshLock(req: IncomingMessage): PageLock | undefined {
  const own = ownRequestOf(req)
  return own && heldLocks.get(own)
}

type Refresh = Pick<LocatedRequest, 'layer' | 'req' | 'location'>

/**
 * Has a page made anew behind the visitor that was given the old one (RFC 5861 §3): one refresh for
 * each page, under `lock` in one process only. It goes through the application as a request of its
 * own, and its page is kept as any other.
 *
 * @param headers of the visitor's request, as they were when it asked
 */
export function refreshInBackground(
  it: Refresh,
  headers: HeaderMap,
  record: VaryRecord,
  page: Page,
  now: number,
): void {
  const { location } = it
  const key = location.keys.page(record, location.extraKey, location.source, location.matching)
  if (key === undefined || now < (quiet.get(key) ?? 0)) return
  const asked = askedBy(location.source, headers)
  const until = now + PATIENCE_MS
  if (quiet.size >= MAX_REMEMBERED) quiet.clear()
  quiet.set(key, until)
  const { cache } = location.keys
  // Behind the visitor's response, not in front of it.
  const begun = new Promise<void>((resolve) => setImmediate(resolve))
  const done = begun
    .then(() => {
      const run = () => refresh(it, asked, record, key, page)
      const { tracer } = cache.meter
      return tracer === undefined ? run() : tracer.refresh(cache.alias, run)
    })
    .catch((error: unknown) => cache.meter.error(error, 'refresh'))
    .then((outcome) => {
      if (quiet.get(key) !== until) return
      if (outcome === 'elsewhere') quiet.set(key, now + ELSEWHERE_MS)
      else quiet.delete(key)
    })
  cache.waitFor(done)
}

/** A visitor's request, as it is made again. */
interface Asked {
  /** As the client sent them: middlewares make theirs again. */
  readonly headers: HeaderMap
  /** Whether middlewares have made headers, most likely of its credentials. */
  readonly isMade: boolean
}

function askedBy(source: InputSource, headers: HeaderMap): Asked {
  const isMade = source instanceof RequestInputs && source.made.names.size > 0
  return { headers: isMade ? source.made.asSent : headers, isMade }
}

async function refresh(
  it: Refresh,
  asked: Asked,
  record: VaryRecord,
  key: string,
  page: Page,
): Promise<'elsewhere' | undefined> {
  const { layer, location } = it
  const { locks, local } = location.keys
  const { lock: locked, lockTimeout } = layer.rules
  const lock = locked && !local ? await locks.take(lockName(layer.kind, key), lockTimeout) : 'no-store'
  // It need not be waited for: visitors have the old page.
  if (lock === 'held') return 'elsewhere'
  if (lock === 'no-store') {
    await render(it, asked, record)
    return undefined
  }
  try {
    const { page: current } = await findPageAnew(location)
    if (current === undefined || current.storedAt === page.storedAt) await render(it, asked, record, lock)
  } finally {
    if (!lock.isInUse) lock.release()
  }
  return undefined
}

/**
 * Makes the request for the page as nobody's, where the page is not known to depend on a visitor:
 * the session must not be changed, or saved, behind its visitor's back. Where the page that a
 * request without cookies leads to is another one, the visitor's own fields are needed after all.
 *
 * @throws Error when the handler fails
 */
async function render(
  it: Refresh,
  { headers, isMade }: Asked,
  record: VaryRecord,
  lock?: PageLock,
): Promise<void> {
  const { identity } = it.location
  const { cookie, authorization, ...others } = headers
  const isNobodys = identity === undefined && !isMade && !record.names.some(isVisitorInput)
  const isAskedFor = isNobodys && (cookie ?? authorization) !== undefined && (await ask(it, others, lock))
  if (!isAskedFor) await ask(it, headers, lock)
}

/**
 * Makes a request for the page.
 *
 * @returns false when it led to another page, or to none
 * @throws Error when the handler fails
 */
async function ask({ layer, req, location }: Refresh, headers: HeaderMap, lock?: PageLock): Promise<boolean> {
  const own = ownRequest('refresh')
  if (lock !== undefined) heldLocks.set(own, lock)
  const { method, body } = location.body ?? { method: 'GET', body: undefined }
  // A layer further out may have made the body longer.
  const most = 2 * layer.rules.maxBodyBytes
  const response = await dispatchAgain(req, headers, own, { method, body })
  const read = await drain(response.body, { bytes: most, milliseconds: OWN_REQUEST_MS })
  if (read === 'late') throw lateError()
  const failure = own.failure ?? response.status
  if (isServerError(failure))
    throw Object.assign(new Error(`The handler answered a refresh with status ${failure}`), {
      code: 'ERR_SITECACHE_REFRESH',
    })
  return own.reached.has(location.extraKey)
}

/** Whether a page that depends on this input may need what its visitor's requests alone have. */
function isVisitorInput(name: string): boolean {
  return /^(?:authorization|session|visitor)$|^cookie\b|^(?:req|locals):|^header:\*$/.test(name)
}
