/** Milliseconds between two looks at what another process holds: at first, and at most. */
const [SOON, LATE] = [25, 250]

/**
 * Milliseconds to wait before a lease that another process holds is tried again. They grow, and differ: those who wait in
 * several processes don't look all at once.
 *
 * @param attempt 0 for the first pause
 */
export function pauseBefore(attempt: number, random: () => number): number {
  return Math.min(LATE, SOON * 2 ** attempt) * (0.5 + random() / 2)
}
