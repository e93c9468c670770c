import type { IncomingMessage, ServerResponse } from 'node:http'
// Express's types are an optional peer: not every application has them. An expected error would be
// one where they are there.
// biome-ignore lint/suspicious/noTsIgnore: see above.
/** @ts-ignore TS2307 in an application without Express's types, in which these two are `any`. */
import type { Request, Response } from 'express'

/** Express's type where the application has it, else Node's. */
type OrNode<T, Node> = 0 extends 1 & T ? Node : T

/**
 * Request as callbacks of the application get it: Express's `Request` where its types are
 * installed, else Node's with what the application has added to the global `Express.Request`.
 */
export type CallbackRequest = OrNode<Request, IncomingMessage & Express.Request>

/** Response as callbacks of the application get it: Express's `Response`, else Node's. */
export type CallbackResponse = OrNode<Response, ServerResponse>

/**
 * Callback whose parameters may be narrower than the arguments that it is called with: each
 * framework has a request type of its own, and passes no other.
 */
export type FrameworkCallback<A extends readonly unknown[], R> = { call(...args: A): R }['call']
