import type { IncomingMessage, ServerResponse } from 'node:http'
import { inHole } from '@sitecache/core'
import { extendPrototype } from '../capture/express-prototypes.js'
import { exchangeOf, knownExchange } from './exchange.js'

/** What middlewares put on a request that belongs to one visitor, and comes from the Cookie header. */
const visitorFields = ['session', 'user', 'cookies', 'signedCookies'] as const

/** Whether the handler looked at what belongs to its visitor. */
export interface VisitorWatch {
  read: boolean
}

/**
 * Watches whether the handler reads the visitor's session, user or cookies: such a page varies by Cookie, as
 * Django's SessionMiddleware says of a view that touched `request.session`.
 *
 * Returns undefined when there is nothing to watch. The hooks by which sessions save themselves run inside `end`
 * and `writeHead`: what they read there is not the handler's doing. What fills a hole is its visitor's own.
 */
export function watchVisitor(req: IncomingMessage, res: ServerResponse): VisitorWatch | undefined {
  const present = visitorFields.filter((name) => isThere(req, name))
  if (present.length === 0) return undefined
  const watch = { read: false }
  const hooks = { running: 0 }
  for (const name of present) watchField(req, name, watch, hooks)
  for (const name of ['writeHead', 'write', 'end'] as const) muteDuring(res, name, hooks)
  return watch
}

function watchField(
  req: IncomingMessage,
  name: string,
  watch: VisitorWatch,
  hooks: { running: number },
): void {
  let value: unknown = Reflect.get(req, name)
  const touched = (): void => {
    if (hooks.running === 0 && !inHole()) watch.read = true
  }
  Object.defineProperty(req, name, {
    configurable: true,
    enumerable: true,
    get() {
      touched()
      return value
    },
    set(replacement: unknown) {
      touched()
      value = replacement
    },
  })
}

function muteDuring(
  res: ServerResponse,
  name: 'writeHead' | 'write' | 'end',
  hooks: { running: number },
): void {
  const method = res[name] as (...args: unknown[]) => unknown
  const muted = (...args: unknown[]): unknown => {
    hooks.running += 1
    try {
      return Reflect.apply(method, res, args)
    } finally {
      hooks.running -= 1
    }
  }
  Object.assign(res, { [name]: muted })
}

/** What a parser behind the look-up put on a request. */
const toCome = {
  cookies: Symbol('sitecache.cookies'),
  signedCookies: Symbol('sitecache.signedCookies'),
} as const

type ToCome = keyof typeof toCome

function isThere(req: IncomingMessage, name: (typeof visitorFields)[number]): boolean {
  if (!(name in toCome) || Object.hasOwn(req, name)) return name in req
  return Reflect.get(req, toCome[name as ToCome]) !== undefined
}

/**
 * Watches for cookies that come to light behind the look-up, from a parser that stands there: a handler that reads them makes a page of
 * its visitor's own.
 */
export function watchCookiesToCome(req: IncomingMessage): void {
  if (extendPrototype(req, withCookies) === undefined && !('cookies' in req)) withCookies(req)
  const exchange = knownExchange(req)
  // What was read before the look-up is in the key, or is no concern of the page.
  if (exchange !== undefined) exchange.cookiesRead = false
}

function withCookies(target: IncomingMessage): true {
  for (const name of Object.keys(toCome) as ToCome[]) {
    const slot = toCome[name]
    Object.defineProperty(target, name, {
      configurable: true,
      get(this: IncomingMessage) {
        const value: unknown = Reflect.get(this, slot)
        if (value !== undefined && !inHole()) exchangeOf(this).cookiesRead = true
        return value
      },
      set(this: IncomingMessage, value: unknown) {
        Object.defineProperty(this, slot, { value, writable: true, configurable: true })
      },
    })
  }
  return true
}
