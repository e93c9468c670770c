import { computeOnce, type TrackedResult, useComputed } from '../context/carried-reads.js'
import { ValueError } from '../errors.js'

/** Result of a call; a promise is kept as one. */
type Outcome<R> = { readonly value: R } | { readonly error: unknown }

/** Calls by their arguments, one level for each. */
interface Calls<R> {
  computed?: TrackedResult<Outcome<R>>
  readonly next: Map<unknown, Calls<R>>
}

/**
 * Returns a function that computes once per request and arguments: all calls during one request get
 * the same value, promise or error, and nothing is shared between requests. Results are
 * garbage-collected with the request.
 *
 * A page that uses the value depends on what its computation read, also where a hole had it
 * computed.
 *
 * Arguments are compared as Map keys: objects by identity. Results are not copied.
 *
 * @param fn its first argument is the request, or any other object that lives as long as the
 *   results
 *
 * @example
 * const currentUser = cached((req) => loadUser(req.session.userId))
 * app.use(async (req, res, next) => { res.locals.user = await currentUser(req); next() })
 */
export function cached<Q extends object, A extends unknown[], R>(
  fn: (request: Q, ...args: A) => R,
): (request: Q, ...args: A) => R {
  const byRequest = new WeakMap<Q, Calls<R>>()
  return function memoised(this: unknown, request: Q, ...args: A): R {
    if (typeof request !== 'object' || request === null)
      throw new ValueError(`a function of cached() needs the request first; got ${typeof request}`)
    let calls: Calls<R> = byRequest.get(request) ?? { next: new Map() }
    byRequest.set(request, calls)
    for (const argument of args) {
      const next: Calls<R> = calls.next.get(argument) ?? { next: new Map() }
      calls.next.set(argument, next)
      calls = next
    }
    calls.computed ??= computeOnce(request, () => outcomeOf(() => fn.call(this, request, ...args)))
    const { result, reads } = calls.computed
    useComputed(request, reads)
    if ('error' in result) throw result.error
    return result.value
  }
}

function outcomeOf<R>(run: () => R): Outcome<R> {
  try {
    return { value: run() }
  } catch (error) {
    return { error }
  }
}
