import type { MaybePromise } from './types.js'

/**
 * Goes on with a value at once when it is there: a store in this process answers without a promise,
 * so that reading and writing a record are one step there, which nothing can come between.
 */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value)
}

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function'
}
