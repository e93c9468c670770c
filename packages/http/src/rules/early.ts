/** A page, as far as its early refresh goes. */
interface Expiring {
  /** When it turns stale, in milliseconds since the epoch. */
  readonly expires: number
  /** How long it took to make, in milliseconds. */
  readonly renderMs: number
}

/**
 * XFetch (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, 2015): is a page, still fresh, to be
 * made anew for this request? The likelier, the nearer its end is and the longer it takes to make, so that one of many requests does it
 * before all would have to.
 *
 * @param beta above 1: earlier; below: later
 * @param random from 0 to 1
 */
export function isDueEarly(
  { expires, renderMs }: Expiring,
  beta: number,
  random: number,
  now: number,
): boolean {
  return now - renderMs * beta * Math.log(Math.max(random, Number.MIN_VALUE)) >= expires
}
