/** A callback of express-session: an error, or nothing and a result. */
export type Callback<T> = (error?: unknown, result?: T) => void

/**
 * Passes the outcome to the callback once and outside of the promise: an error thrown by the
 * callback is not the store's.
 */
export function answer<T>(outcome: Promise<T>, callback: Callback<T> | undefined): void {
  outcome.then(
    (result) => callback && process.nextTick(callback, null, result),
    (error: unknown) => callback && process.nextTick(callback, error),
  )
}
