import type { IncomingMessage } from 'node:http'
import { VISITOR_INPUT } from '@sitecache/http'
import { expressPrototype, replacePrototype } from '../node/prototypes.js'
import { type RequestReads, readsOf } from './request-reads.js'

/**
 * Properties that middlewares put on requests of signed-in visitors, and on no others (passport,
 * express-jwt).
 */
const names: readonly string[] = ['user', 'auth', 'authInfo', 'oidc']

/**
 * Properties of requests that sessions, cookies and passport leave. A look at the prototype costs
 * each later read of the request.
 */
const signs: readonly string[] = ['session', 'cookies', 'isAuthenticated']

const shown = new WeakMap<object, object>()
const proxies = new WeakSet<object>()

/**
 * Notes that a handler asks for the signed-in visitor where there is none. Its page says
 * `Vary: Cookie` then: browsers and caches downstream would else show it to the visitor once they
 * are signed in.
 *
 * A property that is not there is seen by a Proxy in the prototype's place, behind all those that
 * are: an accessor would be there for `in`.
 */
export function watchAbsentVisitor(reads: RequestReads): void {
  const { req } = reads
  const prototype = expressPrototype(req)
  // Of Node's own prototype a Proxy would not be known by `instanceof`.
  if (prototype === undefined || !mayKnowVisitors(req) || proxies.has(Object.getPrototypeOf(req))) return
  replacePrototype(req, shownOf(prototype), prototype)
  reads.onSettle(() => {
    if (isUnseen(req)) noteVisitor(reads)
  })
}

/** Whether a middleware may tell signed-in visitors here, and nobody is signed in. */
function mayKnowVisitors(req: IncomingMessage): boolean {
  const isSignedIn = names.some((name) => Object.hasOwn(req, name))
  return !isSignedIn && signs.some((name) => Object.hasOwn(req, name))
}

/**
 * An application that Express has mounted gives requests a prototype of its own. Where passport is
 * at work, a look at the absent user counts as taken then.
 */
function isUnseen(req: IncomingMessage): boolean {
  return !proxies.has(Object.getPrototypeOf(req)) && 'isAuthenticated' in req && !('user' in req)
}

function shownOf(prototype: object): object {
  const known = shown.get(prototype)
  if (known !== undefined) return known
  const proxy = new Proxy(prototype, { get: noteAndGet })
  shown.set(prototype, proxy)
  proxies.add(proxy)
  return proxy
}

function noteAndGet(prototype: object, key: PropertyKey, req: object): unknown {
  if (typeof key === 'string' && names.includes(key) && !(key in prototype)) noteVisitor(readsOf(req))
  return Reflect.get(prototype, key, req)
}

function noteVisitor(reads: RequestReads | undefined): void {
  if (reads === undefined || reads.silent) return
  for (const watch of reads.watches) watch.noteField(VISITOR_INPUT)
}
