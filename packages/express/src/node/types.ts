import { IncomingMessage, ServerResponse } from 'node:http'
import type { CallbackRequest, CallbackResponse } from './application-types.js'

/** Callback that a handler calls when it passes the request on or has failed. */
export type Next = (error?: unknown) => void

/** A request handler of Express, Connect or `node:http` (which passes no `next`). */
export type Handler<
  Q extends IncomingMessage = IncomingMessage,
  S extends ServerResponse = ServerResponse,
> = (req: Q, res: S, next?: Next) => unknown

/** A middleware that needs the chain below it. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown

/**
 * A middleware that also wraps a handler, as Django's decorators do:
 * `app.get('/', wrapper, handler)` and `app.get('/', wrapper(handler))` mean the same.
 */
export interface Wrapper {
  <Q extends IncomingMessage = CallbackRequest, S extends ServerResponse = CallbackResponse>(
    handler: (req: Q, res: S, next: Next) => unknown,
  ): (req: IncomingMessage, res: ServerResponse, next?: Next) => unknown
  (req: IncomingMessage, res: ServerResponse, next?: Next): unknown
}

/**
 * Reads a property that a framework may have set on a request.
 *
 * Express changes the prototype of each request, so V8's inline caches always miss, and a miss
 * takes three times as long as `Reflect.get` (measured on Node 20).
 */
export function field<K extends keyof FrameworkRequest>(req: IncomingMessage, name: K): FrameworkRequest[K] {
  const plain = Object.getPrototypeOf(req) === IncomingMessage.prototype
  return plain ? (req as FrameworkRequest)[name] : Reflect.get(req, name)
}

/**
 * Looks up a method of a response of a framework, as it is there: middlewares may have put their
 * own in its place. For the reason see `field`: V8 takes up to 800 ns for a look-up by name on a
 * response of Express, and 150 so (measured on Node 20).
 */
export function methodOf<T extends object, K extends keyof T>(res: T, name: K): T[K] {
  return Reflect.get(res, name)
}

/** Reads a property of a response as `field` does one of a request, and for the same reason. */
export function responseField<K extends 'headersSent' | 'statusCode'>(
  res: ServerResponse,
  name: K,
): ServerResponse[K] {
  return isPlainResponse(res) ? res[name] : Reflect.get(res, name)
}

/** Whether a response has the prototype that Node gave it: V8 knows the shape of it. */
export function isPlainResponse(res: object): boolean {
  return Object.getPrototypeOf(res) === ServerResponse.prototype
}

/**
 * Whether a request of a framework has a property that is hardly ever there.
 *
 * @param inherits whether its prototype has it: each caller asks that by a name of its own, of an
 *   object whose shape V8 knows, which takes a third of the time of a look-up in vain
 */
export function has(req: IncomingMessage, name: string, inherits: boolean): boolean {
  return inherits || Object.hasOwn(req, name)
}

/** Properties that are read of every request that is looked up, or judged. */
export type RequestFacts = Pick<
  FrameworkRequest,
  | 'method'
  | 'originalMethod'
  | 'url'
  | 'originalUrl'
  | 'baseUrl'
  | 'headers'
  | 'socket'
  | 'language'
  | 'timeZone'
>

/** Reads at once what each request is looked up by: by name, where V8 knows the shape of it. */
export function factsOf(req: IncomingMessage): RequestFacts {
  const it: FrameworkRequest = req
  if (Object.getPrototypeOf(req) === IncomingMessage.prototype) {
    const { method, originalMethod, url, originalUrl, baseUrl, headers, socket, language, timeZone } = it
    return { method, originalMethod, url, originalUrl, baseUrl, headers, socket, language, timeZone }
  }
  const prototype: object = Object.getPrototypeOf(req)
  return {
    method: Reflect.get(it, 'method'),
    originalMethod: has(it, 'originalMethod', 'originalMethod' in prototype)
      ? Reflect.get(it, 'originalMethod')
      : undefined,
    url: Reflect.get(it, 'url'),
    originalUrl: Reflect.get(it, 'originalUrl'),
    baseUrl: Reflect.get(it, 'baseUrl'),
    headers: Reflect.get(it, 'headers'),
    socket: Reflect.get(it, 'socket'),
    language: has(it, 'language', 'language' in prototype) ? Reflect.get(it, 'language') : undefined,
    timeZone: has(it, 'timeZone', 'timeZone' in prototype) ? Reflect.get(it, 'timeZone') : undefined,
  }
}

/** Properties of an Express request that this package reads when they are there. */
export interface FrameworkRequest extends IncomingMessage {
  readonly app?: { get?(setting: string): unknown }
  readonly originalUrl?: string | undefined
  readonly originalMethod?: string | undefined
  readonly baseUrl?: string | undefined
  readonly language?: unknown
  readonly timeZone?: unknown
  readonly user?: unknown
  readonly auth?: unknown
  readonly oidc?: unknown
  readonly session?: unknown
  readonly isAuthenticated?: unknown
}
