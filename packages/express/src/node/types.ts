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
 * Express changes the prototype of each request and response, so that V8 before Node 24 knows the
 * shape of none: the first look-up of a method by its name then takes 300 ns, `Reflect.get` 40, and
 * a look-up by a name that is a variable 20; from Node 24 on 5, 55 and 10.
 */
export function field<K extends keyof FrameworkRequest>(req: IncomingMessage, name: K): FrameworkRequest[K] {
  return (req as FrameworkRequest)[name]
}

/**
 * Looks up a method of a response of a framework, as it is there: middlewares may have put their
 * own in its place. For the way see `field`.
 */
export function methodOf<T extends object, K extends keyof T>(res: T, name: K): T[K] {
  return res[name]
}

/** Reads a property of a response as `field` does one of a request, and for the same reason. */
export function responseField<K extends 'headersSent' | 'statusCode'>(
  res: ServerResponse,
  name: K,
): ServerResponse[K] {
  return res[name]
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
    method: field(req, 'method'),
    originalMethod: has(req, 'originalMethod', 'originalMethod' in prototype)
      ? field(req, 'originalMethod')
      : undefined,
    url: field(req, 'url'),
    originalUrl: field(req, 'originalUrl'),
    baseUrl: field(req, 'baseUrl'),
    headers: field(req, 'headers'),
    socket: field(req, 'socket'),
    language: has(req, 'language', 'language' in prototype) ? field(req, 'language') : undefined,
    timeZone: has(req, 'timeZone', 'timeZone' in prototype) ? field(req, 'timeZone') : undefined,
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
