import { acceptsCodings } from './accept-encoding.js'
import { parseCacheControl } from './cache-control.js'
import { controlOf, freshnessLifetime, type Lifetime, type LifetimeFacts } from './freshness.js'
import { fieldValue, type HeaderMap } from './headers.js'
import { parseVary } from './vary.js'

/** Why a response may not be stored. */
export type SkipReason =
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
export interface ResponseFacts extends LifetimeFacts {
  readonly method: string
  readonly requestHeaders: HeaderMap
  /** Statuses that may be stored. @default those that RFC 9111 allows */
  readonly statuses?: ReadonlySet<number> | undefined
  readonly setCookie: 'skip' | 'strip' | 'store'
  /** Bytes. */
  readonly maxBodyBytes: number
  /** Can the handler be asked whether a stored page still holds? @default false */
  readonly canRevalidate?: boolean
}

/** Whether a response may be stored; `vary` in lower case. */
export type Judgement =
  | { readonly storable: true; readonly lifetime: Lifetime; readonly vary: readonly string[] }
  | { readonly storable: false; readonly reason: SkipReason; readonly lifetime?: Lifetime }

/** RFC 9110 §15 and RFC 9111 §3: final statuses whose meaning for a cache is known. */
const understood = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413,
  414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
])

/** RFC 9111 §3, and what the application allows. */
export function judgeResponse(facts: ResponseFacts): Judgement {
  const vary = variesBy(facts.headers)
  const reason = refusal(facts, vary)
  if (reason !== undefined) return { storable: false, reason }
  const lifetime = freshnessLifetime(facts)
  if (lifetime.seconds <= 0) return { storable: false, reason: 'not-fresh', lifetime }
  return { storable: true, lifetime, vary }
}

function refusal(facts: ResponseFacts, vary: readonly string[]): SkipReason | undefined {
  const { headers, status } = facts
  if (facts.method !== 'GET') return 'method'
  // 206 and 304 are no whole responses, and no store for them is here (RFC 9111 §3.3, §4.3.4).
  if (status === 206 || status === 304 || status < 200) return 'status'
  if (facts.statuses !== undefined && !facts.statuses.has(status)) return 'status'
  if (headers['content-range'] !== undefined) return 'content-range'
  const byControl = refusedByControl(facts)
  if (byControl !== undefined) return byControl
  if (vary.includes('*')) return 'vary-star'
  // Read by its client, or not, it would be given to others whose Accept-Encoding comes to the same and who can't.
  const coding = fieldValue(headers, 'content-encoding') ?? ''
  if (!acceptsCodings(fieldValue(facts.requestHeaders, 'accept-encoding'), coding)) return 'content-encoding'
  // RFC 9112 §6.1: a coding of the transfer is not the page's, and a hit would not name it. Chunks Node makes anew.
  if (!/^(?:chunked)?$/i.test(fieldValue(headers, 'transfer-encoding') ?? '')) return 'transfer-encoding'
  if (facts.setCookie === 'skip' && headers['set-cookie'] !== undefined) return 'set-cookie'
  const length = Number(fieldValue(headers, 'content-length') ?? 0)
  return length > facts.maxBodyBytes ? 'too-large' : undefined
}

function refusedByControl(facts: ResponseFacts): SkipReason | undefined {
  const { policy, requestHeaders, status, canRevalidate } = facts
  const control = controlOf(facts)
  // RFC 9111 §5.2.2.3: whoever understands the status may disregard no-store beside must-understand.
  const understands = policy === 'rfc9111' && control.has('must-understand') && understood.has(status)
  if (policy === 'rfc9111' && control.has('must-understand') && !understands) return 'status'
  if (control.has('no-store') && !understands) return 'no-store'
  // RFC 9111 §5.2.1.5: a request's no-store.
  if (policy === 'rfc9111' && parseCacheControl(requestHeaders['cache-control']).has('no-store'))
    return 'no-store'
  // With fields too (§5.2.2.7): nothing of such a response is worth the risk of a field missed.
  if (control.has('private')) return 'private'
  // RFC 9111 §3.5.
  const shared = control.has('public') || control.has('s-maxage') || control.has('must-revalidate')
  if (requestHeaders.authorization !== undefined && !shared) return 'authorization'
  if (control.has('no-cache') && canRevalidate !== true) return 'no-cache'
  return undefined
}

/** A body that is encoded varies by Accept-Encoding, whether it says so or not. */
function variesBy(headers: HeaderMap): readonly string[] {
  const vary = parseVary(headers.vary)
  const coding = fieldValue(headers, 'content-encoding')
  const encoded = coding !== undefined && coding !== '' && coding.toLowerCase() !== 'identity'
  return encoded && !vary.includes('accept-encoding') && !vary.includes('*')
    ? [...vary, 'accept-encoding']
    : vary
}
