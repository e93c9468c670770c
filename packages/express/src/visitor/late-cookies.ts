import type { IncomingMessage } from 'node:http'
import { inHole } from '@sitecache/core/internal'
import { extendOwnPrototype } from '../node/prototypes.js'
import { peekState, stateOf } from '../state/request-state.js'

const slots = {
  cookies: Symbol('sitecache.cookies'),
  signedCookies: Symbol('sitecache.signedCookies'),
} as const

type Name = keyof typeof slots

/** Value that a cookie parser below the lookup set on a request. */
interface Parsed {
  readonly value: unknown
  /** Whether cookies had been read before it was set. */
  readonly readBefore: boolean
  finished: boolean
}

/**
 * Returns the value that a parser below an earlier lookup set on a request.
 *
 * @returns undefined when none did
 */
export function cookiesThatCame(req: IncomingMessage, name: Name): unknown {
  return parsedOf(req, name)?.value
}

/**
 * Watches cookies that a parser below the lookup sets: a page of a handler that reads them belongs
 * to its visitor.
 */
export function watchCookiesToCome(req: IncomingMessage): void {
  if (extendOwnPrototype(req, withCookies) === undefined && !('cookies' in req)) withCookies(req)
  const state = peekState(req)
  // Reads before the lookup are in the key, or don't affect the page.
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
 * Stores a parser's value. cookie-parser assigns the same object twice and reads it in between;
 * that read must not mark the page as the visitor's. Ignore it once per request. Without a Cookie
 * header, or with an empty one, it assigns once only: a second assignment is the application's.
 */
function put(req: IncomingMessage, name: Name, value: unknown): void {
  const state = stateOf(req)
  const known = parsedOf(req, name)
  if (known === undefined || known.value !== value) {
    const parsed: Parsed = { value, readBefore: state.cookiesRead, finished: false }
    Object.defineProperty(req, slots[name], { value: parsed, writable: true, configurable: true })
  } else if (!known.finished && req.headers.cookie) {
    known.finished = true
    state.cookiesRead = known.readBefore
  }
}
