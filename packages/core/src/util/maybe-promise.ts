/** A value: at once from a store in this process, as a promise from a store elsewhere. */
export type MaybePromise<T> = T | Promise<T>

/**
 * Whether a value is a promise: anything with `then`, so that promises of other realms and libraries count, too.
 */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T>
export function isPromise(value: unknown): value is PromiseLike<unknown>
export function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Continues with a value: in the same turn of the event loop when it is there, so that nothing in this process can run
 * between the two steps.
 */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value)
}
