import { isPromise } from '@sitecache/core/internal'

/**
 * Makes the one guarded way to call a function of the application. No rule waits for a promise: as
 * an answer it is a yes or is refused, and its rejection must not end the process.
 */
export function answered<A extends readonly unknown[], R>(callback: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const answer = callback(...args)
    if (isPromise(answer)) void Promise.resolve(answer).catch(() => undefined)
    return answer
  }
}
