/**
 * Whether a time is less than so many milliseconds off: what a clock that was set back has seen in
 * its future is as old as what it saw long ago.
 */
export function isWithin(ms: number, at: number, now: number): boolean {
  return Math.abs(now - at) < ms
}
