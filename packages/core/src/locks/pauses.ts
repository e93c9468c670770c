/** First and longest pause between two attempts, in milliseconds. */
const [SOON, LATE] = [25, 250]

/**
 * Returns the milliseconds to wait before a lease that another process holds is tried again. They
 * grow, and vary at random, so that several processes don't poll at the same moments.
 *
 * @param attempt 0 for the first pause
 */
export function pauseBefore(attempt: number, random: () => number): number {
  return Math.min(LATE, SOON * 2 ** attempt) * (0.5 + random() / 2)
}
