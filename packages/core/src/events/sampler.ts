/** Takes the bytes of a response's body as they are written. Keeps none of them as they are. */
export interface BodySample {
  add(chunk: unknown, encoding: unknown): void
}

/** Takes samples of what becomes of requests: of the request itself, which no event shows. */
export interface CacheSampler {
  /** A handler is about to answer. */
  body(): BodySample
  /**
   * An exchange is over. Never throws.
   *
   * @param details are `LookUpDetails` of `@sitecache/http`, valid during the call alone
   */
  take(details: object): void
}
