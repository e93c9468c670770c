import type { IncomingMessage } from 'node:http'
import { inHole } from '@sitecache/core/internal'
import { extendPrototype } from '../node/prototypes.js'
import { peekState, stateOf } from '../state/request-state.js'

const slots = {
  cookies: Symbol('sitecache.cookies'),
  signedCookies: Symbol('sitecache.signedCookies'),
} as const

type Name = keyof typeof slots

/** What a parser behind the look-up put on a request. */
interface Parsed {
  readonly value: unknown
  /** Whether cookies had been read when it did. */
  readonly readBefore: boolean
  finished: boolean
}

/** What a parser behind an earlier look-up put on a request; undefined: nothing. */
export function cookiesThatCame(req: IncomingMessage, name: Name): unknown {
  return parsedOf(req, name)?.value
}

/**
 * Watches for cookies that come to light behind the look-up, from a parser that stands there: a handler that reads them makes a page of
 * its visitor's own.
 */
export function watchCookiesToCome(req: IncomingMessage): void {
  if (extendPrototype(req, withCookies) === undefined && !('cookies' in req)) withCookies(req)
  const state = peekState(req)
  // What was read before the look-up is in the key, or is no concern of the page.
  if (state !== undefined) state.cookiesRead = false
}

function parsedOf(req: IncomingMessage, name: Name): Parsed | undefined {
  return Reflect.get(req, slots[name])
}

function withCookies(target: IncomingMessage): true {
  for (const name of Object.keys(slots) as Name[]) {
    Object.defineProperty(target, name, {
      configurable: true,
      get(this: IncomingMessage) {
        const value = cookiesThatCame(this, name)
        if (value !== undefined && !inHole()) stateOf(this).cookiesRead = true
        return value
      },
      set(this: IncomingMessage, value: unknown) {
        put(this, name, value)
      },
    })
  }
  return true
}

/**
 * cookie-parser puts the cookies there, reads them to look for JSON in them, and puts the same object there once more: what was read
 * between the two is its own doing, and would make each page with it one visitor's. Once only, and not where there are no cookies, which
 * it puts there once: who comes then is the application.
 */
function put(req: IncomingMessage, name: Name, value: unknown): void {
  const state = stateOf(req)
  const known = parsedOf(req, name)
  if (known === undefined || known.value !== value) {
    const parsed: Parsed = { value, readBefore: state.cookiesRead, finished: false }
    Object.defineProperty(req, slots[name], { value: parsed, writable: true, configurable: true })
  } else if (!known.finished && req.headers.cookie !== undefined) {
    known.finished = true
    state.cookiesRead = known.readBefore
  }
}
