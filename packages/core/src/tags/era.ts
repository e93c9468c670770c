/** Purges in an era, each of which raises the epoch by two; some seconds of the wall clock. */
const ERA = 2 ** 22

/** Whether two epochs are of one era: an entry is void in every other than its own. */
export function isSameEra(one: number, other: number): boolean {
  return one > 0 && other > 0 && Math.floor(one / ERA) === Math.floor(other / ERA)
}

/** Returns the first epoch of the era after that of an epoch. */
export function eraAfter(epoch: number): number {
  return (Math.floor(epoch / ERA) + 1) * ERA
}
