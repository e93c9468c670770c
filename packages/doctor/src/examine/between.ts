/**
 * Returns whether one of these happened within a span of time.
 *
 * @param events in the order of time
 */
export function isAnyBetween(events: readonly { readonly at: number }[], from: number, to: number): boolean {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.at ?? 0) < from) low = middle + 1
    else high = middle
  }
  const first = events[low]
  return first !== undefined && first.at <= to
}
