import type { IncomingMessage } from 'node:http'
import { inHole } from '@sitecache/core/internal'
import { reqInput, SESSION_INPUT, VISITOR_INPUT } from '@sitecache/http'
import { languagesOf } from './language-helpers.js'
import { applicationKeys, keyText } from './own-keys.js'
import { ReadsPart, type RequestReads, readsOf } from './request-reads.js'
import { WatchedCookies } from './watched-cookies.js'
import { watchedObject } from './watched-object.js'

/** How a read of a property is learned. */
export type FieldKind = 'cookies' | 'session' | 'session-id' | 'visitor' | 'other'

const kinds: ReadonlyMap<PropertyKey, FieldKind> = new Map<PropertyKey, FieldKind>([
  ['cookies', 'cookies'],
  ['signedCookies', 'cookies'],
  ['session', 'session'],
  ['csrfToken', 'session'],
  ['flash', 'session'],
  ['sessionID', 'session-id'],
  ['user', 'visitor'],
  ['auth', 'visitor'],
  ['authInfo', 'visitor'],
  ['oidc', 'visitor'],
  ['isAuthenticated', 'visitor'],
  ['isUnauthenticated', 'visitor'],
])

export function kindOf(key: PropertyKey): FieldKind {
  return kinds.get(key) ?? 'other'
}

/** A property of the request that is watched, and what stands behind its accessor. */
interface Field {
  readonly kind: FieldKind
  readonly name: string
  /** The application's own accessor. */
  readonly getter: (() => unknown) | undefined
  readonly setter: ((value: unknown) => void) | undefined
  value: unknown
  /** Number of watches that had begun when its value was put there. */
  since: number
  /** Package that was expected to put it there. */
  reader: string | undefined
  /** Of cookies: the object that shows reads, for the value that it was made of. */
  shown: { readonly of: object; readonly proxy: object } | undefined
}

/** Watches what middlewares have left on a request: each property that is there, no other. */
export class RequestFields {
  readonly #reads: RequestReads
  readonly #fields = new Map<PropertyKey, Field>()
  /** Properties that can't be watched, since the application made them final. */
  readonly #unwatched: PropertyKey[] = []
  /** How far cookie-parser is: what it reads of the cookies that it has `parsed` is no input. */
  #parsing: 'done' | 'begun' | 'parsed' = 'done'
  /** express-session looks for its cookie, in the cookies that a parser has put there too. */
  #findingSession = false

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  get unwatched(): readonly PropertyKey[] {
    return this.#unwatched
  }

  /** Watches each property that is there now and wasn't before. */
  watchAll(): void {
    for (const key of applicationKeys(this.#reads.req)) {
      const own = Object.getOwnPropertyDescriptor(this.#reads.req, key)
      if (own !== undefined && !isOurs(key, own)) this.#watch(key, own, this.#reads.stage)
    }
  }

  /**
   * Watches properties that a package is about to put there.
   *
   * @returns false where one of them can't be watched
   */
  expect(reader: string, keys: readonly string[]): boolean {
    if (!keys.every((key) => this.#expectOne(reader, key))) return false
    if (reader === 'cookie-parser') {
      this.#parsing = 'begun'
      this.#put = undefined
    }
    if (reader === 'express-session') this.#findingSession = true
    return true
  }

  #expectOne(reader: string, key: string): boolean {
    const { req, stage } = this.#reads
    const own = Object.getOwnPropertyDescriptor(req, key)
    const field = this.#fields.get(key)
    if (own !== undefined && field !== undefined && isOurs(key, own)) {
      field.reader ??= reader
      return true
    }
    // An inherited property may be an accessor that keeps the value elsewhere.
    if (own === undefined && key in req) return false
    this.#watch(key, own ?? absent, stage, reader)
    return own === undefined || own.configurable === true
  }

  /** Value of a property as the watch of this stage found it; undefined: it was not there. */
  valueAt(stage: number, key: PropertyKey): unknown {
    const field = this.#fields.get(key)
    if (field === undefined || field.since >= stage) return undefined
    return this.#reads.quietly(() => currentOf(field, this.#reads.req))
  }

  read(key: PropertyKey): unknown {
    const field = this.#fields.get(key)
    if (field === undefined) return undefined
    if (field.kind === 'cookies') return this.#cookies(field)
    if (this.#reads.silent) return currentOf(field, this.#reads.req)
    // A session's identity is known. Of another lazy value, what its getter reads counts as well.
    const value =
      field.getter !== undefined && field.kind === 'session'
        ? this.#reads.quietly(() => currentOf(field, this.#reads.req))
        : currentOf(field, this.#reads.req)
    this.#note(field)
    return value
  }

  write(key: PropertyKey, value: unknown): void {
    const field = this.#fields.get(key)
    if (field === undefined) return
    this.#beforeWrite(field)
    if (field.setter !== undefined) field.setter.call(this.#reads.req, value)
    else field.value = field.shown?.proxy === value ? field.shown?.of : value
    field.since = this.#reads.stage
    this.#reads.notePut(reqInput(field.name))
    if (field.kind === 'session-id') this.#findingSession = false
    if (field.name === 'cookies' && this.#parsing !== 'done') this.#parsing = this.#parsingAfter(field.value)
  }

  #put: unknown
  /**
   * cookie-parser puts an empty object there first, and leaves it at that without a Cookie header
   * or with an empty one. Else it puts the parsed cookies there twice, and reads them in between.
   */
  #parsingAfter(value: unknown): 'done' | 'begun' | 'parsed' {
    const before = this.#put
    this.#put = value
    if (!this.#reads.headers.cookie || before === value) return 'done'
    return before === undefined ? 'begun' : 'parsed'
  }

  #watch(key: PropertyKey, own: PropertyDescriptor, since: number, reader?: string): void {
    if (own.configurable !== true) {
      this.#unwatched.push(key)
      return
    }
    const field: Field = {
      kind: kindOf(key),
      name: keyText(key),
      getter: own.get,
      setter: own.set,
      value: own.value,
      since: reader === undefined ? since - 1 : since,
      reader,
      shown: undefined,
    }
    this.#fields.set(key, field)
    const { get, set } = accessorsOf(key)
    const isReadOnly = own.get === undefined && own.set === undefined ? own.writable === false : !own.set
    Object.defineProperty(this.#reads.req, key, {
      configurable: true,
      enumerable: own.enumerable === true,
      get,
      ...(isReadOnly ? {} : { set }),
    })
  }

  #note(field: Field): void {
    this.#reads.noteUse(reqInput(field.name))
    const isSession = field.kind === 'session' || field.kind === 'session-id'
    const names = languagesOf(field.name, this.#reads.req)?.map(reqInput) ?? namesOf(field)
    for (const watch of this.#reads.watches) {
      if (field.since < watch.stage) for (const name of names) watch.noteField(name)
      else if (field.reader === undefined || this.#isInTheMaking(field)) continue
      else if (!watch.notePut(field.reader)) continue
      // A hole changes nothing of the page around it by what it does to a session.
      if (isSession && !inHole()) watch.beforeSession(false)
    }
  }

  #beforeWrite(field: Field): void {
    if (field.kind === 'cookies' || this.#isInTheMaking(field)) return
    for (const watch of this.#reads.watches) {
      if (field.since < watch.stage) for (const name of namesOf(field)) watch.keepValue(name)
      if (field.kind === 'session' && !inHole()) watch.beforeSession(field.name === 'session')
    }
  }

  /** express-session is still at work on the session: it gives it `save` at the end. */
  #isInTheMaking({ reader, kind }: Field): boolean {
    if (reader !== 'express-session' || (kind !== 'session' && kind !== 'session-id')) return false
    const session: unknown = this.#fields.get('session')?.value
    if (typeof session !== 'object' || session === null) return session === undefined
    return !Object.hasOwn(session, 'save')
  }

  #cookies(field: Field): unknown {
    const value = currentOf(field, this.#reads.req)
    if (typeof value !== 'object' || value === null || this.#reads.watches.length === 0) return value
    if (this.#parsing === 'parsed') return value
    if (field.shown?.of === value) return field.shown.proxy
    const told = {
      cookie: (name: string) => this.#noteCookie(field, name),
      changed: () => this.#note(field),
    }
    const proxy = watchedObject(value as Record<string, unknown>, new WatchedCookies(this.#reads, told))
    field.shown = { of: value, proxy }
    return proxy
  }

  #noteCookie(field: Field, name: string): void {
    if (this.#findingSession) return
    for (const watch of this.#reads.watches) {
      if (field.since < watch.stage) watch.note(name)
      else if (field.reader !== undefined) watch.notePut(field.reader, name)
    }
  }
}

function currentOf(field: Field, req: IncomingMessage): unknown {
  return field.getter === undefined ? field.value : field.getter.call(req)
}

const sessionNames: readonly string[] = [SESSION_INPUT]
const sessionIdNames: readonly string[] = [SESSION_INPUT, reqInput('sessionID')]
const visitorNames: readonly string[] = [VISITOR_INPUT]

const absent = { value: undefined, writable: true, configurable: true, enumerable: true }

/**
 * Names as which a read of the property is learned. The id of an empty session tells visitors apart
 * too.
 */
function namesOf(field: Field): readonly string[] {
  switch (field.kind) {
    case 'session':
      return sessionNames
    case 'session-id':
      return sessionIdNames
    case 'visitor':
      return visitorNames
    default:
      return [reqInput(field.name)]
  }
}

interface Accessors {
  readonly get: () => unknown
  readonly set: (value: unknown) => void
}

/** Shared by all requests: a property costs no closures of its own. */
const accessors = new Map<PropertyKey, Accessors>()
const MAX_ACCESSORS = 500

function accessorsOf(key: PropertyKey): Accessors {
  const known = accessors.get(key)
  if (known !== undefined) return known
  const made: Accessors & ThisType<IncomingMessage> = {
    get() {
      return fieldsPart.of(readsOf(this))?.read(key)
    },
    set(value) {
      const reads = readsOf(this)
      if (reads?.req === this) fieldsPart.of(reads)?.write(key, value)
      // On an object that inherits from the request, an assignment makes a property of its own.
      else Object.defineProperty(this, key, { value, writable: true, configurable: true, enumerable: true })
    },
  }
  if (accessors.size < MAX_ACCESSORS) accessors.set(key, made)
  return made
}

function isOurs(key: PropertyKey, own: PropertyDescriptor): boolean {
  return own.get !== undefined && own.get === accessors.get(key)?.get
}

/** Watched properties of a request, once they are. */
export const fieldsPart = new ReadsPart<RequestFields>()
