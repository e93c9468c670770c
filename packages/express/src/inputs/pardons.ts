import { ALL_COOKIES, ALL_HEADERS } from '@sitecache/http'
import { NEXT } from './known-readers.js'

/** Properties that a package which reads on every request puts where a handler may read them. */
export interface Puts {
  readonly req: readonly string[]
  readonly locals: readonly string[]
}

export const FORWARDED_FOR = 'x-forwarded-for'

const nothing: Puts = { req: [], locals: [] }

export const sessionPackage = 'express-session'
export const sessionPuts: Puts = { req: ['session', 'sessionID'], locals: [] }

/**
 * Packages whose own reads decide nothing, with what they put on the request: that is watched from
 * the moment of their first read. Packages that define an accessor (cookie-session,
 * client-sessions) read when the handler does, and need no pardon.
 */
const putsOf: ReadonlyMap<string, Puts> = new Map<string, Puts>([
  ['cookie-parser', { req: ['cookies', 'signedCookies'], locals: [] }],
  [sessionPackage, sessionPuts],
  [
    'i18next-http-middleware',
    {
      req: ['language', 'locale', 'lng', 'languages', 'resolvedLanguage', 'i18n', 't'],
      locals: ['t', 'exists', 'i18n', 'language', 'resolvedLanguage', 'languageDir'],
    },
  ],
  // Logs, counts, and an answer that says Vary itself where it depends on what was read.
  ['morgan', nothing],
  ['pino-http', nothing],
  ['express-rate-limit', nothing],
  ['cors', nothing],
])

function putsBy(reader: string, name: string): Puts | undefined {
  // Of Next.js one read alone is in vain: it fills that header where it is absent.
  if (reader === NEXT) return name === FORWARDED_FOR ? nothing : undefined
  return putsOf.get(reader)
}

const passport = 'passport'
const passportPuts: Puts = { req: ['user'], locals: [] }

/** Inputs that these packages read: the reader of others is not asked for, which takes 20 µs. */
const readOnEveryRequest: ReadonlySet<string> = new Set([
  ALL_COOKIES,
  ALL_HEADERS,
  'accept-language',
  'authorization',
  'forwarded',
  'origin',
  'referer',
  'referrer',
  'user-agent',
  FORWARDED_FOR,
])

/** Reads of one request that known packages made for themselves. */
export class Pardons {
  readonly #reader: () => string | undefined
  readonly #names = new Map<string, Set<string>>()
  readonly #lifted = new Set<string>()

  /** @param reader the package that reads at the moment, if it is one that is known */
  constructor(reader: () => string | undefined) {
    this.#reader = reader
  }

  /**
   * Decides whether a read counts.
   *
   * @returns what the package is about to put there: its own reads don't count; undefined: it
   *   counts
   */
  grant(name: string): { readonly reader: string; readonly puts: Puts } | undefined {
    if (!readOnEveryRequest.has(name) && !name.startsWith('cookie:')) return undefined
    const reader = this.#reader()
    const puts = reader === undefined ? undefined : putsBy(reader, name)
    if (reader === undefined || puts === undefined || this.#lifted.has(reader)) return undefined
    const names = this.#names.get(reader) ?? new Set()
    this.#names.set(reader, names.add(name))
    return { reader, puts }
  }

  /**
   * Passes the pardon of a session's package on to passport, which puts the user there that a
   * session names. Where it names none, a look at the absent user could not be seen.
   *
   * @returns what is about to be put there, where it is passport that reads the session
   */
  passOn(
    from: string,
    namesUser: () => boolean,
  ): { readonly reader: string; readonly puts: Puts } | undefined {
    if (from !== sessionPackage || this.#lifted.has(from) || this.#lifted.has(passport)) return undefined
    if (this.#reader() !== passport || !namesUser()) return undefined
    this.#names.set(passport, new Set(this.#names.get(from)))
    return { reader: passport, puts: passportPuts }
  }

  /**
   * Has the reads of a package count, since what it made of them was read.
   *
   * @param maybeItself whether the package itself may be the reader
   * @returns undefined where the package itself has read that
   */
  lift(reader: string, maybeItself = true): Iterable<string> | undefined {
    if (this.#lifted.has(reader)) return []
    if (maybeItself && this.#reader() === reader) return undefined
    this.#lifted.add(reader)
    return this.#names.get(reader) ?? []
  }
}
