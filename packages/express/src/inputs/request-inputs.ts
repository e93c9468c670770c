import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ALL_LOCALS,
  digest,
  type HeaderMap,
  type InputRules,
  type InputSource,
  KeyPartError,
  parseInput,
  plainText,
} from '@sitecache/http'
import { isRequestId } from './foreign-fields.js'
import { type ForeignValues, foreignValues } from './foreign-values.js'
import type { InputSettings } from './input-settings.js'
import { instanceText } from './instances.js'
import { localsToTell, localToTell } from './locals-to-tell.js'
import { MadeHeaders } from './made-head.js'
import { keyNamed } from './own-keys.js'
import { fieldsPart } from './request-fields.js'
import { type RequestReads, readsOf } from './request-reads.js'
import { responseValue } from './response-fields.js'
import { type SessionFields, sessionIdentity, sessionValue } from './session-state.js'
import { absent, byName, LONG, SHORT, type ValueText } from './value-text.js'
import { fieldsOfNobody, showsUser } from './visitor-fields.js'
import { localAt, localsPart } from './watched-locals.js'
import { wholeRequestText } from './whole-request.js'

/**
 * Values of what a page may depend on, as they were when the request was looked up. Each is worked
 * out once, when it is first needed, and at the latest before it is first read or changed.
 */
export class RequestInputs implements InputSource {
  /** Whether a layer further out watched the request at the look-up. */
  readonly isWatched: boolean
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #settings: InputSettings
  /** Made when the first value is needed: most pages need none. */
  #values: Map<string, ValueText> | undefined
  #headers: HeaderMap
  /** Stage of the watch that runs for these inputs; 0: the handler has not been called yet. */
  #stage = 0

  /**
   * @param reads record of reads of the request; null: it is not watched
   * @param headers of the request, where it is not watched
   */
  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    settings: InputSettings,
    reads: RequestReads | null = readsOf(req) ?? null,
    headers: HeaderMap = reads?.headers ?? req.headers,
  ) {
    this.#req = req
    this.#res = res
    this.#settings = settings
    this.isWatched = reads !== null
    this.#headers = reads?.headers ?? headers
  }

  get rules(): InputRules {
    return this.#settings.rules
  }

  /** Headers of the request. From the watch's beginning a copy, that no handler can change. */
  get headers(): HeaderMap {
    return this.#headers
  }

  /** From now on the request may change: values are those that the watch of this stage finds. */
  freeze(stage: number): void {
    if (this.#stage !== 0) return
    this.#stage = stage
    this.#headers = { ...this.#headers }
    this.#made = this.made
    this.#keepsSession = Object.hasOwn(this.#req, 'session')
  }

  #keepsSession = false
  /**
   * Whether a middleware above the look-up says that this visitor has no session, and others may
   * have one: none by a cookie, whose middleware gives one to everybody.
   */
  get hasNoSession(): boolean {
    return this.#keepsSession && !this.hasSession
  }

  #made: MadeHeaders | undefined
  /** Headers of the request that middlewares above the look-up have made. */
  get made(): MadeHeaders {
    return this.#made ?? this.#quietly(() => new MadeHeaders(this.#req, this.#headers))
  }

  /** @returns undefined for an input that is absent */
  value(name: string): string | undefined {
    return this.#valueOf(name).text
  }

  /**
   * Does the text of this input say all of its value? Else it is as good as all that the request
   * came with.
   */
  isPlain(name: string): boolean {
    return this.#valueOf(name).isPlain
  }

  /**
   * Tells whether a developer may want to know of this input. Template engines ask for options that
   * no middleware sets, and a header that the application reduces is no news.
   */
  isNews(name: string): boolean {
    if (this.#settings.reduced?.includes(name)) return false
    return !name.startsWith('locals:') || name === ALL_LOCALS || this.value(name) !== undefined
  }

  #valueOf(name: string): ValueText {
    const known = this.#values?.get(name)
    if (known !== undefined) return known
    const value = this.#quietly(() => this.#guarded(name))
    this.#values ??= new Map()
    this.#values.set(name, value)
    return value
  }

  /**
   * Getters and options of the application may throw: no request fails for it, and no page is
   * shared.
   */
  #guarded(name: string): ValueText {
    try {
      return this.#workOut(name)
    } catch {
      return this.#unknown()
    }
  }

  #quietly<T>(fn: () => T): T {
    const reads = readsOf(this.#req)
    return reads === undefined ? fn() : reads.quietly(fn)
  }

  #workOut(name: string): ValueText {
    const input = parseInput(name)
    switch (input?.kind) {
      case 'session':
        return this.#session()
      case 'visitor':
        return this.#visitor()
      case 'req':
        return this.#property(keyNamed(this.#req, input.name))
      case 'res':
        return this.#text(responseValue(this.#res, this.#reads, this.#stage, input.name))
      case 'locals':
        return this.#text(localToTell(this.#local(input.name)))
      case 'all-locals':
        return this.#textOfAll(localsToTell(this.#allLocals(), this.rules))
      default:
        return absent
    }
  }

  /** Value of a session, or else what it holds. */
  #session(): ValueText {
    const fields = this.#sessionFields()
    const text = sessionValue(fields)
    return text === undefined ? this.#text(fields.session ?? undefined) : { text, isPlain: true }
  }

  #property(key: PropertyKey): ValueText {
    const own = Object.getOwnPropertyDescriptor(this.#req, key)
    // A lazy property that can't be watched is evaluated for the handler alone.
    if (own?.configurable === false && own.get !== undefined) return this.#unknown()
    const value = this.#field(key)
    return key === 'id' && isRequestId(this.#req, this.#res, value) ? absent : this.#text(value)
  }

  /** Values that middlewares have put where no read is seen, once they are in the key. */
  foreign: ForeignValues | undefined

  takeForeign(): string | undefined {
    this.foreign = foreignValues(this.#req, this.rules, (value) => this.#text(value, SHORT).text)
    return this.foreign?.text
  }

  #text(value: unknown, longest = LONG): ValueText {
    if (value === undefined) return absent
    const text = typeof value === 'function' ? undefined : plainText(value)
    if (text === undefined) return this.#instance(value)
    return { text: text.length > longest ? `#${digest(text)}` : `=${text}`, isPlain: true }
  }

  #textOfAll(all: object): ValueText {
    const parts = Object.entries(all).map(([name, value]) => ({ name, ...this.#text(value) }))
    const text = parts.sort(byName).map(({ name, text }) => [name, text ?? null])
    return { text: `#${digest(JSON.stringify(text))}`, isPlain: parts.every(({ isPlain }) => isPlain) }
  }

  #instance(value: unknown): ValueText {
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return this.#unknown()
    const { text, isShared } = instanceText(value, this.#req, () => this.#wholeRequest())
    return { text: `?${text}`, isPlain: isShared }
  }

  /** A value of which no more is known than what the request came with. */
  #unknown(): ValueText {
    return { text: `?${this.#wholeRequest()}`, isPlain: false }
  }

  #whole: string | undefined
  #wholeRequest(): string {
    this.#whole ??= wholeRequestText(this.#req, this, this.rules)
    return this.#whole
  }

  #visitor(): ValueText {
    const said = this.#said()
    if (said !== undefined) return { text: said, isPlain: true }
    if (!this.#isSignedIn()) return this.#nobody()
    const known = this.#vouchedFor()
    return known === undefined ? this.#unknown() : { text: known, isPlain: true }
  }

  #nobody(): ValueText {
    const fields = fieldsOfNobody((name) => this.#field(name))
    return Object.keys(fields).length === 0 ? absent : this.#textOfAll(fields)
  }

  /** Identity of the signed-in visitor, by what vouches for it; undefined: nothing does. */
  get identity(): string | undefined {
    return this.#quietly(() => this.#vouchedFor())
  }

  /** Whether a session middleware stands above the look-up. */
  get hasSession(): boolean {
    return this.#quietly(() => typeof (this.#field('session') ?? undefined) === 'object')
  }

  /** Identity that the application names. */
  #said(): string | undefined {
    const identity: unknown = this.#settings.visitor?.(this.#req)
    if (identity === undefined || identity === null || identity === '') return undefined
    if (typeof identity === 'string' || Number.isFinite(identity)) return `=${typeof identity} ${identity}`
    // Objects would be one visitor: `[object Object]`.
    throw new KeyPartError('visitor', identity, 'a text or a finite number')
  }

  /** Identity by what vouches for it: the Authorization header, else a session. */
  #vouchedFor(): string | undefined {
    const { authorization } = this.#headers
    if (authorization !== undefined) return `authorization:${String(authorization)}`
    return sessionIdentity(this.#sessionFields())
  }

  #signedIn: boolean | undefined
  #isSignedIn(): boolean {
    this.#signedIn ??= this.#quietly(() => {
      const { isSignedIn } = this.#settings
      return isSignedIn === undefined
        ? showsUser((name) => this.#field(name), this.#req)
        : isSignedIn(this.#req)
    })
    return this.#signedIn
  }

  #sessionFields(): SessionFields {
    return {
      session: this.#field('session'),
      sessionID: this.#field('sessionID'),
      sessionOptions: Reflect.get(this.#req, 'sessionOptions'),
      cookie: Object.hasOwn(this.#headers, 'cookie') ? this.#headers.cookie : undefined,
    }
  }

  #field(key: PropertyKey): unknown {
    const fields = fieldsPart.of(this.#reads)
    if (fields?.unwatched.includes(key) === false) return fields.valueAt(this.#stage, key)
    return Object.hasOwn(this.#req, key) ? Reflect.get(this.#req, key) : undefined
  }

  #local(name: string): unknown {
    const locals = localsPart.of(this.#reads)
    if (locals !== undefined) return locals.valueAt(this.#stage, name)
    return localAt(this.#allLocals(), name)
  }

  #allLocals(): object {
    const locals: unknown = localsPart.of(this.#reads)?.allAt(this.#stage) ?? Reflect.get(this.#res, 'locals')
    return typeof locals === 'object' && locals !== null ? locals : {}
  }

  /** The record of reads, once a watch of these inputs has begun. */
  get #reads(): RequestReads | undefined {
    return this.#stage === 0 ? undefined : readsOf(this.#req)
  }
}
