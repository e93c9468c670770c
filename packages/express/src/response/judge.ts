import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type HeaderMap,
  isServerError,
  type UnstorableReason as RuleReason,
  type Storability,
  sameOriginUrl,
  storability,
} from '@sitecache/http'
import { field } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { peekState } from '../state/request-state.js'
import type { Forwarded } from './forwarded.js'
import type { ReadRefusal } from './page-reads.js'
import type { Replacement } from './replacement.js'

/** Why a response was not kept. */
export type SkipReason =
  | RuleReason
  | 'skip'
  | 'store-if'
  | 'aborted'
  | 'length'
  | 'purged'
  | 'holes'
  | 'nonce'
  | 'overtaken'
  | 'admission'
  | 'error'
  | ReadRefusal

/** Returns what a response that was not kept means to the requests that waited for it. */
export function renderOutcome(reason: SkipReason, status: number): 'changed' | 'failed' | 'unstorable' {
  if (reason === 'purged' || reason === 'overtaken') return 'changed'
  const broke = reason === 'aborted' || reason === 'error' || reason === 'length'
  return broke || isServerError(status) ? 'failed' : 'unstorable'
}

/**
 * Returns what a replacement that was not stored means to the requests that waited for it.
 *
 * @param reason for which the handler's own response was not kept
 */
export function replacedOutcome(
  replacement: Replacement,
  reason: SkipReason | undefined,
): 'changed' | 'failed' | 'unstorable' {
  // A request of its own had the whole, and has stored it where it may be.
  if (replacement === 'refetched' || replacement === 'completed') return 'changed'
  return replacement === 'not-modified' && reason !== undefined ? renderOutcome(reason, 200) : 'failed'
}

/** Judges a response by HTTP and the application's options. */
export function judge(
  layer: Layer,
  forwarded: Pick<Forwarded, 'requestHeaders' | 'mode' | 'location'>,
  status: number,
  headers: HeaderMap,
  now: number,
): Storability {
  const { rules, timeout, siteTimeout } = layer
  return storability({
    policy: rules.policy,
    // A HEAD is judged as its GET would be, so that it says the same (RFC 9110 §9.3.2).
    method: 'GET',
    requestHeaders: headersToJudgeBy(forwarded),
    status,
    headers,
    statuses: rules.statuses,
    setCookie: rules.setCookie,
    timeout,
    siteTimeout,
    maxBodyBytes: rules.maxBodyBytes,
    targeted: rules.targetedFields,
    staleWhileRevalidate: rules.staleWhileRevalidate,
    staleIfError: rules.staleIfError,
    now,
  })
}

function headersToJudgeBy({
  mode,
  location,
  requestHeaders,
}: Pick<Forwarded, 'requestHeaders' | 'mode' | 'location'>): HeaderMap {
  // The rest of a part was asked for by the cache itself.
  if (mode === 'range') return { ...requestHeaders, range: 'bytes' }
  // Parts are kept of what a GET has (RFC 9110 §14.2).
  return location.body === undefined ? requestHeaders : { ...requestHeaders, range: undefined }
}

/**
 * Returns the method to decide by: a page of request content is stored like the response to a GET.
 */
export function methodToDecideBy({ location }: Forwarded, req: IncomingMessage): string {
  return location.body === undefined ? (req.method ?? 'GET') : 'GET'
}

/**
 * Returns why the application, or the visitor, refuses to store a response that HTTP allows to
 * store.
 *
 * @throws an error of a callback of the application
 */
export function applicationRefusal(
  { rules }: Layer,
  forwarded: Forwarded,
  req: IncomingMessage,
  res: ServerResponse,
  headers: HeaderMap,
): SkipReason | undefined {
  const state = peekState(req)
  if (state?.skipped === true) return 'skip'
  if (state?.fault !== undefined) throw state.fault
  const { location, reads } = forwarded
  // The visitor signed in, or out, while the handler ran.
  if ((location.identity !== undefined) !== isIdentified(rules, req)) return 'signed-in'
  const refusal = reads.refusalAtHead(headers)
  if (refusal !== undefined) return refusal
  return rules.storeIf === undefined || rules.storeIf(req, res) === true ? undefined : 'store-if'
}

function isIdentified({ isAuthenticated, visitor }: Layer['rules'], req: IncomingMessage): boolean {
  return (visitor?.(req) ?? undefined) !== undefined || isAuthenticated(req)
}

/** Does a response say that it is what its URL has? */
export function describesTarget({ location }: Forwarded, req: IncomingMessage, headers: HeaderMap): boolean {
  const url = field(req, 'originalUrl') ?? req.url ?? '/'
  return sameOriginUrl(location.origin, url, headers['content-location']) === url
}
