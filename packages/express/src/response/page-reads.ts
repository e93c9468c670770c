import { type HeaderMap, isDeclaredInput, isIdentityInput, parseVary, type VaryRecord } from '@sitecache/http'
import { type LookUpPlace, RequestInputs, watchInputs } from '../inputs/index.js'
import { hasVaryHeader, textOf } from '../node/patch-headers.js'
import type { PageLocation } from '../pages/page-location.js'
import { peekState } from '../state/request-state.js'
import { watchCookiesToCome } from '../visitor/late-cookies.js'
import { hasSessionData } from '../visitor/signed-in.js'
import { watchVisitor } from '../visitor/watch.js'
import type { Response } from './response.js'
import { declaredInputs } from './told-vary.js'

/** Why a page is not kept because of what was read while it was made. */
export type ReadRefusal = 'inputs' | 'address' | 'session-changed' | 'signed-in'

/** Record of what was read while a page was made. */
export interface PageReads {
  /** Inputs that were read before the head went out, beside those that Vary names. */
  readonly names: Iterable<string>
  /**
   * Inputs that were first read when the head was out: the page is not kept, but the next one that
   * tells of them may be.
   */
  readonly lateNames: Iterable<string>
  /** Whether the page depends on what its Vary, as the application has set it, does not name. */
  isUndeclared(vary: readonly string[]): boolean
  /** Returns why the page is not stored, as far as it is known when the head goes out. */
  refusalAtHead(headers: HeaderMap): ReadRefusal | undefined
  /** The same, once the response has ended. */
  refusalAtEnd(): ReadRefusal | undefined
  /** The same, by the body of the page. */
  refusalByBody(body: Buffer): ReadRefusal | undefined
  headSent(): void
  /** Ends the watch: nothing of it is held afterwards. */
  stop(): void
}

/**
 * Watches what is read while a page is made, as the option `inputs` says. To be called before the
 * handler runs.
 */
export function watchReads(
  response: Response,
  location: PageLocation,
  place: LookUpPlace,
  record: VaryRecord | undefined,
): PageReads {
  const { layer } = response
  return layer.rules.inputs === 'declared' || !(location.source instanceof RequestInputs)
    ? declaredReads(response)
    : learnedReads(response, location.source, place, record?.names ?? [])
}

function learnedReads(
  { layer, req, res }: Response,
  source: RequestInputs,
  place: LookUpPlace,
  known: readonly string[],
): PageReads {
  const watch = watchInputs(req, res, source, { place, known })
  const isStrict = layer.rules.inputs === 'strict'
  const refusal = (): ReadRefusal | undefined => {
    if (watch.address) return 'address'
    return watch.changedSession ? 'session-changed' : undefined
  }
  return {
    names: watch.names,
    lateNames: isStrict ? [] : watch.lateNames,
    isUndeclared(vary) {
      if (!isStrict) return false
      return watch.unseen || [...watch.names].some((name) => !isDeclaredInput(name, vary))
    },
    refusalAtHead: refusal,
    refusalAtEnd() {
      const isTold = isToldLate(req, watch.lateNames, textOf(res, 'vary'))
      return isTold && !(isStrict && watch.unseen) ? refusal() : 'inputs'
    },
    refusalByBody(body) {
      const id = watch.idOfEmptySession
      return id !== undefined && body.includes(id) ? 'inputs' : undefined
    },
    headSent: () => watch.headSent(),
    stop: () => watch.stop(),
  }
}

/**
 * Has the application's own Vary named all that was read when the head was out? A session or a
 * visitor is more than the fields that tell it.
 */
function isToldLate(req: Response['req'], late: ReadonlySet<string>, vary: HeaderMap[string]): boolean {
  if (late.size === 0) return true
  const declared = declaredInputs(req, parseVary(vary))
  return [...late].every((name) => !isIdentityInput(name) && isDeclaredInput(name, declared))
}

/**
 * Django's rule: a page varies by Cookie if its handler looked at the session, the user or a
 * cookie.
 */
function declaredReads({ req, res }: Response): PageReads {
  const watch = watchVisitor(req, res)
  watchCookiesToCome(req)
  const hasRead = (): boolean => watch?.read === true || peekState(req)?.cookiesRead === true
  return {
    get names() {
      return hasRead() ? ['cookie'] : []
    },
    lateNames: [],
    isUndeclared: () => false,
    refusalAtHead: (headers) => (watch === undefined && showsSession(req, headers) ? 'signed-in' : undefined),
    refusalAtEnd: () => (hasRead() && !hasVaryHeader(res, 'Cookie') ? 'signed-in' : undefined),
    refusalByBody: () => undefined,
    headSent() {},
    stop() {},
  }
}

/**
 * Whether a session came to light below the look-up, and the response does not say that it may be
 * shared all the same.
 */
function showsSession(req: Response['req'], headers: HeaderMap): boolean {
  const shared =
    /\bcookie\b/i.test(String(headers.vary ?? '')) ||
    /\bpublic\b/i.test(String(headers['cache-control'] ?? ''))
  return !shared && hasSessionData(req)
}
