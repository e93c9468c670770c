import { acceptsCodings, variesByCoding } from '../fields/accept-encoding.js'
import { type CacheControl, type Directive, parseCacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { effectiveControl } from '../fields/targeted.js'
import { parseVary } from '../fields/vary.js'
import { contentRangeOf } from '../page/partial.js'
import { freshnessLifetime, type Lifetime, type LifetimeFacts } from './freshness.js'
import { keptStale, type StaleRules, staleUse } from './stale.js'

/** Why a response may not be stored. */
export type UnstorableReason =
  | 'method'
  | 'status'
  | 'content-range'
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

/** A response, its request, and what the application allows. */
export interface ResponseFacts extends LifetimeFacts, StaleRules {
  readonly method: string
  readonly requestHeaders: HeaderMap
  /** Statuses that may be stored. @default those that RFC 9111 allows */
  readonly statuses?: ReadonlySet<number> | undefined
  readonly setCookie: 'skip' | 'strip' | 'store'
  /** Bytes. */
  readonly maxBodyBytes: number
}

/** That a response may be stored, and how. */
export interface Storable {
  readonly storable: true
  readonly lifetime: Lifetime
  /** Seconds for which it is worth keeping once it is stale. */
  readonly keepStale: number
  /** Names of request headers that choose it, in lower case. */
  readonly vary: readonly string[]
  /** Names of fields that must not be kept with it, in lower case. */
  readonly without: readonly string[]
  /** What a targeted field said of its caching, as Cache-Control would; undefined: Cache-Control did. */
  readonly targeted: string | undefined
}

/** Whether a response may be stored. */
export type Storability =
  | Storable
  | { readonly storable: false; readonly reason: UnstorableReason; readonly lifetime?: Lifetime }

/** RFC 9110 §15 and RFC 9111 §3: final statuses whose meaning for a cache is known. */
const understood = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
  413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
])

/** RFC 9111 §3, and what the application allows. */
export function storability(facts: ResponseFacts): Storability {
  const { headers, policy } = facts
  const vary = variesBy(headers)
  const { directives, targeted } = effectiveControl(headers, facts.targeted)
  const reason = refusal(facts, directives, vary)
  if (reason !== undefined) return { storable: false, reason }
  const lifetime = lifetimeOf(facts, directives)
  if (lifetime.seconds <= 0 && !mayBeAskedAbout(facts, lifetime))
    return { storable: false, reason: 'not-fresh', lifetime }
  const keepStale = keptStale(lifetime.seconds, staleUse(directives, facts), policy)
  return { storable: true, lifetime, keepStale, vary, without: fieldsNotKept(directives), targeted }
}

/** RFC 9111 §5.2.2.4: what is to be asked about at each use is never fresh. */
function lifetimeOf(facts: ResponseFacts, control: CacheControl): Lifetime {
  const lifetime = freshnessLifetime(facts)
  return isUnqualified(control, 'no-cache') ? { ...lifetime, seconds: 0 } : lifetime
}

/** RFC 9111 §3, §4.3: what is stale from the start is worth storing where the handler can be asked about it. */
function mayBeAskedAbout(facts: ResponseFacts, { source }: Lifetime): boolean {
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
  // A 304 is no response of its own (RFC 9111 §4.3.4).
  if (status === 304 || status < 200) return 'status'
  if (facts.statuses !== undefined && !facts.statuses.has(status)) return 'status'
  if (status === 206 && !isPart(facts)) return 'status'
  // RFC 9110 §14.4 gives it no meaning on other statuses; whoever sends it there may have sent a part.
  if (status !== 206 && headers['content-range'] !== undefined && contentRangeOf(headers) !== undefined)
    return 'content-range'
  const byControl = refusedByControl(facts, control)
  if (byControl !== undefined) return byControl
  if (vary.includes('*')) return 'vary-star'
  // Read by its client, or not, it would be given to others whose Accept-Encoding comes to the same and who can't.
  const coding = fieldValue(headers, 'content-encoding') ?? ''
  if (!acceptsCodings(fieldValue(facts.requestHeaders, 'accept-encoding'), coding)) return 'content-encoding'
  if (isTransferEncoded(headers)) return 'transfer-encoding'
  if (facts.setCookie === 'skip' && headers['set-cookie'] !== undefined) return 'set-cookie'
  const length = Number(fieldValue(headers, 'content-length') ?? 0)
  return length > facts.maxBodyBytes ? 'too-large' : undefined
}

/** RFC 9112 §7: codings of the transfer, which are not the page's, and which a hit would not name. Chunks Node makes anew. */
const transferCodings = /^(?:x-)?(?:gzip|compress|deflate)$/i

function isTransferEncoded(headers: HeaderMap): boolean {
  if (headers['transfer-encoding'] === undefined) return false
  const members = String(fieldValue(headers, 'transfer-encoding')).split(',')
  return members.some((member) => transferCodings.test(member.trim()))
}

/** RFC 9111 §3.3: one part of a representation, which was asked for. Django stores none. */
function isPart({ policy, requestHeaders, headers }: ResponseFacts): boolean {
  return policy === 'rfc9111' && requestHeaders.range !== undefined && contentRangeOf(headers) !== undefined
}

function refusedByControl(facts: ResponseFacts, control: CacheControl): UnstorableReason | undefined {
  const { policy, requestHeaders, status } = facts
  const django = policy === 'django'
  // RFC 9111 §5.2.2.3: whoever understands the status may disregard no-store beside must-understand.
  const understands = !django && control.has('must-understand') && understood.has(status)
  if (!django && control.has('must-understand') && !understands) return 'status'
  if (control.has('no-store') && !understands) return 'no-store'
  // RFC 9111 §5.2.1.5: a request's no-store.
  if (!django && parseCacheControl(requestHeaders['cache-control']).has('no-store')) return 'no-store'
  // RFC 9111 §5.2.2.7: with fields, the rest may be stored. Django knows no fields.
  if (django ? control.has('private') : isUnqualified(control, 'private')) return 'private'
  // RFC 9111 §3.5.
  const shared = control.has('public') || control.has('s-maxage') || control.has('must-revalidate')
  if (requestHeaders.authorization !== undefined && !shared) return 'authorization'
  if (django ? control.has('no-cache') : isUnqualified(control, 'no-cache') && !hasValidators(facts))
    return 'no-cache'
  return undefined
}

/** Is a directive there without names of fields, which alone it would then be about? Beside a semicolon it names none. */
function isUnqualified(control: CacheControl, name: string): boolean {
  if (!control.has(name)) return false
  const own = control.directives.filter((directive) => directive.name === name)
  return own.length === 0 || own.some((directive) => fieldNames(directive).length === 0)
}

const nothing: readonly string[] = []

/** RFC 9111 §5.2.2.4, §5.2.2.7: the fields that `private` and `no-cache` name. */
function fieldsNotKept(control: CacheControl): readonly string[] {
  if (!control.has('private') && !control.has('no-cache')) return nothing
  const lists = control.directives.filter(({ name }) => name === 'private' || name === 'no-cache')
  return lists.flatMap(fieldNames)
}

function fieldNames({ raw = '' }: Directive): readonly string[] {
  const names = raw.replace(/"/g, '').split(',')
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '')
}

/** A body that is encoded varies by Accept-Encoding, whether it says so or not. */
function variesBy(headers: HeaderMap): readonly string[] {
  const vary = parseVary(headers.vary)
  if (headers['content-encoding'] === undefined || vary.includes('*')) return vary
  return mergeNames(vary, variesByCoding(fieldValue(headers, 'content-encoding') ?? ''))
}

function mergeNames(vary: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((name) => !vary.includes(name))
  return added.length === 0 ? vary : [...vary, ...added]
}
