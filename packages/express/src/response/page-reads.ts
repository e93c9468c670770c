import { type HeaderMap, isDeclaredInput, isIdentityInput, parseVary, type VaryRecord } from '@sitecache/http'
import type { InputsWatch, LookUpPlace } from '../inputs/inputs-watch.js'
import { RequestInputs } from '../inputs/request-inputs.js'
import { readsOf } from '../inputs/request-reads.js'
import { watchInputs } from '../inputs/watch-inputs.js'
import { hasVaryHeader, textOf } from '../node/patch-headers.js'
import type { PageLocation } from '../pages/page-location.js'
import { peekState } from '../state/request-state.js'
import { watchCookiesToCome } from '../visitor/late-cookies.js'
import { hasSessionData } from '../visitor/signed-in.js'
import { type VisitorWatch, watchVisitor } from '../visitor/watch.js'
import type { Response } from './response.js'
import { declaredInputs } from './told-vary.js'
import { type UndeclaredReads, watchUndeclared } from './undeclared-reads.js'

/** Why a page is not kept because of what was read while it was made. */
export type ReadRefusal = 'inputs' | 'address' | 'session-changed' | 'signed-in' | 'rewritten'

/** Record of what was read while a page was made. */
export interface PageReads {
  /** Inputs that were read before the head went out, beside those that Vary names. */
  readonly names: Iterable<string>
  /**
   * Inputs that were first read when the head was out: the page is not kept, but the next one that
   * tells of them may be.
   */
  readonly lateNames: Iterable<string>
  /** Whether more may be read: the handler has not ended the response yet. */
  readonly goesOn: boolean
  /** Whether the page depends on what its Vary, as the application has set it, does not name. */
  isUndeclared(vary: readonly string[]): boolean
  /** Returns why the page is not stored, as far as it is known when the head goes out. */
  refusalAtHead(headers: HeaderMap): ReadRefusal | undefined
  /** The same, once the response has ended. */
  refusalAtEnd(): ReadRefusal | undefined
  /** The same, by the body of the page. */
  refusalByBody(body: Buffer): ReadRefusal | undefined
  /** The head has come to the layer, which is about to judge it. */
  headTaken(): void
  headSent(): void
  /** A part of the body has come to the layer. */
  written(): void
  /** @param chunk what has come to the layer with the end of the body */
  endTaken(chunk: unknown): void
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
  const { layer, req, res } = response
  const { source } = location
  if (!(source instanceof RequestInputs)) return new DeclaredReads(response)
  if (layer.rules.inputs === 'declared')
    return new DeclaredReads(response, watchUndeclared(response, source, place))
  return new LearnedReads(response, watchInputs(req, res, source, { place, known: record?.names ?? none }))
}

/** Reads of a page whose inputs are learned. One class for all: a miss pays for no closures. */
class LearnedReads implements PageReads {
  readonly #response: Response
  readonly #watch: InputsWatch
  readonly #isStrict: boolean

  constructor(response: Response, watch: InputsWatch) {
    this.#response = response
    this.#watch = watch
    this.#isStrict = response.layer.rules.inputs === 'strict'
  }

  get names(): Iterable<string> {
    return this.#watch.names
  }

  get lateNames(): Iterable<string> {
    return this.#isStrict ? [] : this.#watch.lateNames
  }

  get goesOn(): boolean {
    return readsOf(this.#response.req)?.end.isWritten !== true
  }

  isUndeclared(vary: readonly string[]): boolean {
    if (!this.#isStrict) return false
    return this.#watch.unseen || [...this.#watch.names].some((name) => !isDeclaredInput(name, vary))
  }

  refusalAtHead(): ReadRefusal | undefined {
    if (this.#watch.address) return 'address'
    if (this.#watch.isRewritten) return 'rewritten'
    return this.#watch.changedSession ? 'session-changed' : undefined
  }

  refusalAtEnd(): ReadRefusal | undefined {
    const isTold = isToldLate(this.#response, this.#watch.lateNames)
    return isTold && !(this.#isStrict && this.#watch.unseen) ? this.refusalAtHead() : 'inputs'
  }

  refusalByBody(body: Buffer): ReadRefusal | undefined {
    const id = this.#watch.idOfEmptySession
    return id !== undefined && body.includes(id) ? 'inputs' : undefined
  }

  headTaken(): void {
    this.#watch.headTaken()
  }

  headSent(): void {
    this.#watch.headSent()
  }

  written(): void {
    this.#watch.written()
  }

  endTaken(chunk: unknown): void {
    this.#watch.endTaken(chunk)
  }

  stop(): void {
    this.#watch.stop()
  }
}

/**
 * Has the application's own Vary named all that was read when the head was out? A session or a
 * visitor is more than the fields that tell it.
 */
function isToldLate({ req, res }: Response, late: ReadonlySet<string>): boolean {
  if (late.size === 0) return true
  const declared = declaredInputs(req, parseVary(textOf(res, 'vary')))
  return [...late].every((name) => !isIdentityInput(name) && isDeclaredInput(name, declared))
}

const none: readonly string[] = []
const cookie: readonly string[] = ['cookie']

/**
 * Django's rule: a page varies by Cookie if its handler looked at the session, the user or a
 * cookie.
 */
class DeclaredReads implements PageReads {
  readonly lateNames = none
  goesOn = true
  readonly #response: Response
  readonly #watch: VisitorWatch | undefined
  readonly #undeclared: UndeclaredReads | undefined

  constructor(response: Response, undeclared?: UndeclaredReads) {
    const { req, res } = response
    this.#response = response
    this.#undeclared = undeclared
    this.#watch = watchVisitor(req, res)
    watchCookiesToCome(req)
  }

  get names(): Iterable<string> {
    return this.#hasRead() ? cookie : none
  }

  isUndeclared(): boolean {
    return false
  }

  refusalAtHead(headers: HeaderMap): ReadRefusal | undefined {
    return this.#watch === undefined && showsSession(this.#response.req, headers) ? 'signed-in' : undefined
  }

  refusalAtEnd(): ReadRefusal | undefined {
    return this.#hasRead() && !hasVaryHeader(this.#response.res, 'Cookie') ? 'signed-in' : undefined
  }

  refusalByBody(): undefined {}

  headTaken(): void {}

  headSent(): void {}

  written(): void {}

  endTaken(): void {
    this.goesOn = false
  }

  stop(): void {
    this.#undeclared?.stop()
  }

  #hasRead(): boolean {
    return this.#watch?.read === true || peekState(this.#response.req)?.cookiesRead === true
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
