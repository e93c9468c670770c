import type { Histogram } from './state.js'

/**
 * Returns a quantile of a histogram by linear interpolation within its bucket, as Prometheus'
 * `histogram_quantile` does; of the infinite bucket, its lower bound.
 *
 * @param q from 0 to 1
 * @returns undefined where nothing was observed
 */
export function quantile(
  counts: readonly number[],
  bounds: readonly number[],
  q: number,
): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let below = 0
  for (const [i, count] of counts.entries()) {
    if (count === 0 || below + count < q * total) {
      below += count
      continue
    }
    const [lower, upper] = [i === 0 ? 0 : (bounds[i - 1] ?? 0), bounds[i]]
    return upper === undefined ? lower : lower + ((upper - lower) * (q * total - below)) / count
  }
  return bounds.at(-1)
}

/** Returns the mean of what was observed; undefined: nothing was. */
export function meanOf({ counts, sum }: Histogram): number | undefined {
  const total = countOf(counts)
  return total === 0 ? undefined : sum / total
}

/** Returns how many were observed. */
export function countOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
