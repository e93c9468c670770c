import { type HeaderMap, isDeclaredInput, type VaryRecord } from '@sitecache/http'
import { type LookUpPlace, RequestInputs, watchInputs } from '../inputs/index.js'
import { hasVaryHeader } from '../node/patch-headers.js'
import type { PageLocation } from '../pages/page-location.js'
import { peekState } from '../state/request-state.js'
import { watchCookiesToCome } from '../visitor/late-cookies.js'
import { hasSessionData } from '../visitor/signed-in.js'
import { watchVisitor } from '../visitor/watch.js'
import type { Response } from './response.js'

/** Why a page is not kept because of what was read while it was made. */
export type ReadRefusal = 'inputs' | 'address' | 'session-changed' | 'signed-in'

/** Record of what was read while a page was made. */
export interface PageReads {
  /** Inputs that were read before the head went out, beside those that Vary names. */
  readonly names: Iterable<string>
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
    isUndeclared(vary) {
      if (!isStrict) return false
      return watch.unseen || [...watch.names].some((name) => !isDeclaredInput(name, vary))
    },
    refusalAtHead: refusal,
    refusalAtEnd: () => (watch.lateNames.size > 0 || (isStrict && watch.unseen) ? 'inputs' : refusal()),
    refusalByBody(body) {
      const id = watch.idOfEmptySession
      return id !== undefined && body.includes(id) ? 'inputs' : undefined
    },
    headSent: () => watch.headSent(),
    stop: () => watch.stop(),
  }
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
