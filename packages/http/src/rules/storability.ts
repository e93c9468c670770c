import { acceptsCodings, variesByCoding } from '../fields/accept-encoding.js'
import { type CacheControl, type Directive, parseCacheControl } from '../fields/cache-control.js'
import { contentRangeOf } from '../fields/content-range.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { effectiveControl } from '../fields/targeted.js'
import { parseVary } from '../fields/vary.js'
import { freshnessLifetime, type Lifetime, type LifetimeFacts } from './freshness.js'
import { answersOneRequest, isStream } from './never-stored.js'
import { keptStale, type StaleRules, staleUse } from './stale.js'

/** Why a response may not be stored. */
export type UnstorableReason =
  | 'method'
  | 'status'
  | 'content-range'
  | 'stream'
  | 'no-store'
  | 'private'
  | 'no-cache'
  | 'vary-star'
  | 'content-encoding'
  | 'transfer-encoding'
  | 'set-cookie'
  | 'authorization'
  | 'too-large'
  | 'trailers'
  | 'not-fresh'

/** Facts that decide whether a response may be stored. */
export interface ResponseFacts extends LifetimeFacts, StaleRules {
  /** Method of the request. */
  readonly method: string
  /** Names in lower case. */
  readonly requestHeaders: HeaderMap
  /** Statuses that the application stores. @default those that RFC 9111 allows */
  readonly statuses?: ReadonlySet<number> | undefined
  /** Option for responses with Set-Cookie; only 'skip' decides here. */
  readonly setCookie: 'skip' | 'strip' | 'store'
  /** Bytes. */
  readonly maxBodyBytes: number
}

/** How a response is stored. */
export interface Storable {
  readonly storable: true
  readonly lifetime: Lifetime
  /** Seconds for which it stays stored after it turned stale. */
  readonly keepStale: number
  /** Names of the request headers that choose it, in lower case. */
  readonly vary: readonly string[]
  /** Names of fields that must not be stored with it, in lower case. */
  readonly without: readonly string[]
  /**
   * Directives of a targeted field in the form of Cache-Control; undefined: Cache-Control counts.
   */
  readonly targeted: string | undefined
  /** Name of that targeted field, in lower case. */
  readonly field: string | undefined
  /** Directives that the page's reuse obeys, in the form of Cache-Control. */
  readonly directives: string
}

/** Whether a response may be stored, and how; or the reason why not. */
export type Storability =
  | Storable
  | { readonly storable: false; readonly reason: UnstorableReason; readonly lifetime?: Lifetime }

/** RFC 9110 §15, RFC 9111 §3: final statuses that this cache understands. */
const understood = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
  413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
])

/** Returns whether a response may be stored (RFC 9111 §3, and options of the application). */
export function storability(facts: ResponseFacts): Storability {
  const { headers, policy } = facts
  const vary = variesBy(headers)
  const { directives, targeted, field } = effectiveControl(headers, facts.targeted)
  const reason = refusal(facts, directives, vary)
  if (reason !== undefined) return { storable: false, reason }
  const lifetime = lifetimeOf(facts, directives)
  if (lifetime.seconds <= 0 && !isWorthValidating(facts, lifetime))
    return { storable: false, reason: 'not-fresh', lifetime }
  const explicit = lifetime.source !== 'heuristic' && lifetime.source !== 'none'
  const keepStale = keptStale(lifetime.seconds, staleUse(directives, explicit, facts), policy)
  return {
    storable: true,
    lifetime,
    keepStale,
    vary,
    without: fieldsNotKept(directives),
    targeted,
    field,
    directives: targeted ?? fieldValue(headers, 'cache-control') ?? '',
  }
}

/** RFC 9111 §5.2.2.4: a page with no-cache is validated at each use, so it is never fresh. */
function lifetimeOf(facts: ResponseFacts, control: CacheControl): Lifetime {
  const lifetime = freshnessLifetime(facts)
  return isUnqualified(control, 'no-cache') ? { ...lifetime, seconds: 0 } : lifetime
}

/** RFC 9111 §3, §4.3: a page that is stale from the start is stored if it can be validated. */
function isWorthValidating(facts: ResponseFacts, { source }: Lifetime): boolean {
  return facts.policy === 'rfc9111' && source !== 'none' && source !== 'timeout' && hasValidators(facts)
}

function hasValidators({ headers, now }: ResponseFacts): boolean {
  if (headers.etag !== undefined) return true
  return parseHttpDate(fieldValue(headers, 'last-modified') ?? '', now) !== undefined
}

function refusal(
  facts: ResponseFacts,
  control: CacheControl,
  vary: readonly string[],
): UnstorableReason | undefined {
  const { headers, status } = facts
  if (facts.method !== 'GET') return 'method'
  // RFC 9111 §3: only final statuses. §4.3.4: a 304 updates another response.
  if (status === 304 || status < 200) return 'status'
  if (answersOneRequest(status, facts.requestHeaders)) return 'status'
  if (facts.statuses !== undefined && !facts.statuses.has(status)) return 'status'
  if (isStream(headers)) return 'stream'
  if (status === 206 && !isPart(facts)) return 'status'
  // RFC 9110 §14.4 gives Content-Range no meaning on other statuses: the body may be a part.
  if (status !== 206 && headers['content-range'] !== undefined && contentRangeOf(headers) !== undefined)
    return 'content-range'
  const byControl = refusedByControl(facts, control)
  if (byControl !== undefined) return byControl
  if (vary.includes('*')) return 'vary-star'
  // Served to a client that can't read it, it would reach all clients of that Accept-Encoding.
  const coding = fieldValue(headers, 'content-encoding') ?? ''
  if (!acceptsCodings(fieldValue(facts.requestHeaders, 'accept-encoding'), coding)) return 'content-encoding'
  if (isTransferEncoded(headers)) return 'transfer-encoding'
  if (facts.setCookie === 'skip' && headers['set-cookie'] !== undefined) return 'set-cookie'
  const length = Number(fieldValue(headers, 'content-length') ?? 0)
  return length > facts.maxBodyBytes ? 'too-large' : undefined
}

/**
 * RFC 9112 §7: codings of this transfer, not of the page; a hit would not name them. Node chunks
 * anew.
 */
const transferCodings = /^(?:x-)?(?:gzip|compress|deflate)$/i

function isTransferEncoded(headers: HeaderMap): boolean {
  if (headers['transfer-encoding'] === undefined) return false
  const members = String(fieldValue(headers, 'transfer-encoding')).split(',')
  return members.some((member) => transferCodings.test(member.trim()))
}

/** RFC 9111 §3.3: one part of a representation, in response to a Range. Django stores none. */
function isPart({ policy, requestHeaders, headers }: ResponseFacts): boolean {
  return policy === 'rfc9111' && requestHeaders.range !== undefined && contentRangeOf(headers) !== undefined
}

function refusedByControl(facts: ResponseFacts, control: CacheControl): UnstorableReason | undefined {
  const { policy, requestHeaders, status } = facts
  const django = policy === 'django'
  // RFC 9111 §5.2.2.3: must-understand outranks no-store in caches that understand the status.
  const understands = !django && control.has('must-understand') && understood.has(status)
  if (!django && control.has('must-understand') && !understands) return 'status'
  if (control.has('no-store') && !understands) return 'no-store'
  // RFC 9111 §5.2.1.5: no-store of the request.
  if (!django && parseCacheControl(requestHeaders['cache-control']).has('no-store')) return 'no-store'
  // RFC 9111 §5.2.2.7: private with field names allows storing without them. Django ignores names.
  if (django ? control.has('private') : isUnqualified(control, 'private')) return 'private'
  // RFC 9111 §3.5: directives that allow storing responses to requests with Authorization.
  const shared = control.has('public') || control.has('s-maxage') || control.has('must-revalidate')
  if (requestHeaders.authorization !== undefined && !shared) return 'authorization'
  if (django ? control.has('no-cache') : isUnqualified(control, 'no-cache') && !hasValidators(facts))
    return 'no-cache'
  return undefined
}

/**
 * Returns whether a directive is about the whole response: it names no fields, or stands beside
 * `;`.
 */
function isUnqualified(control: CacheControl, name: string): boolean {
  if (!control.has(name)) return false
  const own = control.directives.filter((directive) => directive.name === name)
  return own.length === 0 || own.some((directive) => fieldNames(directive).length === 0)
}

const nothing: readonly string[] = []

/** RFC 9111 §5.2.2.4, §5.2.2.7: fields that `private` and `no-cache` name are not stored. */
function fieldsNotKept(control: CacheControl): readonly string[] {
  if (!control.has('private') && !control.has('no-cache')) return nothing
  const lists = control.directives.filter(({ name }) => name === 'private' || name === 'no-cache')
  return lists.flatMap(fieldNames)
}

function fieldNames({ raw = '' }: Directive): readonly string[] {
  const names = raw.replace(/"/g, '').split(',')
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '')
}

/** RFC 9110 §12.5.5: an encoded body varies by Accept-Encoding, even if its Vary doesn't say so. */
function variesBy(headers: HeaderMap): readonly string[] {
  const vary = parseVary(headers.vary)
  if (headers['content-encoding'] === undefined || vary.includes('*')) return vary
  return mergeNames(vary, variesByCoding(fieldValue(headers, 'content-encoding') ?? ''))
}

function mergeNames(vary: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((name) => !vary.includes(name))
  return added.length === 0 ? vary : [...vary, ...added]
}
