/** Times of a page that decide about its early refresh. */
interface Expiring {
  /** When it turns stale, in milliseconds since the epoch. */
  readonly expires: number
  /** How long its render took, in milliseconds. */
  readonly renderMs: number
}

/**
 * Returns whether this request refreshes a page that is still fresh (XFetch: Vattani, Chierichetti,
 * Lowenstein: Optimal Probabilistic Cache Stampede Prevention, 2015). The probability grows as
 * expiry comes near, and with the render's duration, so that one request refreshes before all miss.
 *
 * @param beta above 1: earlier; below: later
 * @param random from 0 to 1
 * @param now milliseconds since the epoch
 */
export function isDueEarly(
  { expires, renderMs }: Expiring,
  beta: number,
  random: number,
  now: number,
): boolean {
  return now - renderMs * beta * Math.log(Math.max(random, Number.MIN_VALUE)) >= expires
}
