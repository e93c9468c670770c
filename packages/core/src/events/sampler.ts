/** Takes the bytes of a response's body as they are written. Keeps none of them as they are. */
export interface BodySample {
  add(chunk: unknown, encoding: unknown): void
}

/** Counts look-ups. Keeps nothing of a visitor's. */
export interface LookUpWatcher {
  /**
   * An exchange is over. Never throws.
   *
   * @param details are `LookUpDetails` of `@sitecache/http`, valid during the call alone
   */
  take(details: object): void
}

/** Takes samples of what becomes of requests: of the request itself, which no event shows. */
export interface CacheSampler extends LookUpWatcher {
  /** A handler is about to answer. */
  body(): BodySample
}
