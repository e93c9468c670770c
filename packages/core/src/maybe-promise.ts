/** What a store in this process answers at once, and one elsewhere by a promise. */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with a value at once when it is there, so that nothing can come between two steps in this process. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
