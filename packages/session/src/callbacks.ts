/** As express-session calls back: an error, or nothing and a result. */
export type Callback<T> = (error?: unknown, result?: T) => void

/** Hands the outcome to the callback, once, and out of the promise: what the callback throws is not the store's failure. */
export function answer<T>(outcome: Promise<T>, callback: Callback<T> | undefined): void {
  outcome.then(
    (result) => callback && process.nextTick(callback, null, result),
    (error: unknown) => callback && process.nextTick(callback, error),
  )
}
