import { IncomingMessage, type ServerResponse } from 'node:http'
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

/** Properties of an Express request that this package reads when they are there. */
export interface FrameworkRequest extends IncomingMessage {
  readonly app?: { get?(setting: string): unknown }
  readonly originalUrl?: string
  readonly originalMethod?: string
  readonly baseUrl?: string
  readonly language?: unknown
  readonly timeZone?: unknown
  readonly user?: unknown
  readonly auth?: unknown
  readonly session?: unknown
  readonly isAuthenticated?: unknown
}
