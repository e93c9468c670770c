/** Step in milliseconds: a time since the epoch has room for fractions of about 1/4096. */
const STEP = 1 / 1024

let last = 0

/**
 * Returns the time in milliseconds since the epoch, with a fraction where it was returned before:
 * two changes of a session within a millisecond have an order.
 */
export function moment(): number {
  const now = Date.now()
  last = now === Math.floor(last) ? last + STEP : now
  return last
}
