/** A value: at once from a store in this process, as a promise from a store elsewhere. */
export type MaybePromise<T> = T | Promise<T>

/** Returns whether a value has a `then`: promises of other realms and libraries count, too. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function'
}

/**
 * Continues with a value, in the same turn of the event loop when it is there: nothing else in this
 * process can run between the two steps.
 */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value)
}
