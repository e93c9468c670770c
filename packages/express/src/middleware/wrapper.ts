import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise } from '@sitecache/core/internal'
import type { Middleware, Next, Wrapper } from '../node/types.js'
import { checkHandler } from './check-call.js'

type Run = (req: IncomingMessage, res: ServerResponse, next?: Next) => unknown

/**
 * Makes one middleware usable in both of Django's forms: in a chain, and around a handler.
 *
 * Around a handler it returns the handler's result, so that Express 5 sees rejections of async
 * handlers.
 *
 * @param usage as the wrapper is used in a chain, for errors
 * @throws SettingsError from the wrapper, for a handler that is no function
 */
export function makeWrapper(name: string, middleware: Middleware, usage: string): Wrapper {
  const wrapper = (first: unknown, res?: ServerResponse, next?: Next): unknown => {
    if (res === undefined) {
      checkHandler(name, usage, first)
      return decorate(name, middleware, first as Run)
    }
    return middleware(first as IncomingMessage, res, next ?? endOfChain(res))
  }
  return named(name, wrapper) as unknown as Wrapper
}

function decorate(name: string, middleware: Middleware, handler: Run): Run {
  const isBound = isBoundMethod(handler)
  const decorated = (req: IncomingMessage, res: ServerResponse, next?: Next): unknown => {
    const passOn = next ?? endOfChain(res)
    const third = isBound ? next : passOn
    let result: unknown
    let hasReturned = false
    const returned = middleware(req, res, (error) => {
      if (error !== undefined && error !== null) return passOn(error)
      if (!hasReturned) {
        result = handler(req, res, third)
        return
      }
      // No caller is left to catch an error of the handler: Express 4 looks at no promise.
      try {
        result = handler(req, res, third)
      } catch (thrown) {
        passOn(thrown)
      }
    })
    hasReturned = true
    // A lookup that had to wait runs the handler in its promise: a failure must still reach the
    // framework.
    return isPromise(returned) ? returned.then(() => result) : result
  }
  return named(`${name}(${handler.name || 'handler'})`, decorated) as Run
}

/**
 * Tells a method that is bound to its object, such as Polka's `handler`: its third parameter need
 * not be a `next`, which `node:http` doesn't give it either.
 */
export function isBoundMethod(handler: { readonly name: string }): boolean {
  return handler.name.startsWith('bound ')
}

/** Ends a request without a handler: `node:http` has no chain. Sends no details. */
export function endOfChain(res: ServerResponse): Next {
  const end: Next = (error) => {
    if (res.headersSent) {
      res.destroy()
      return
    }
    res.statusCode = error === undefined || error === null ? 404 : 500
    res.end()
  }
  ends.add(end)
  return end
}

const ends = new WeakSet<Next>()

/** Whether nothing is left behind a middleware that would answer. */
export function isEndOfChain(next: Next): boolean {
  return ends.has(next)
}

function named<T extends (...args: never[]) => unknown>(name: string, fn: T): T {
  return Object.defineProperty(fn, 'name', { value: name })
}
