import type { PartCount } from '../options/distinct-values.js'
import type { LookUpCounts } from '../options/look-up-counts.js'
import type { ExplainedSplit, ExplainedSplits } from './explanation.js'

/** Parts that are shown. */
const MOST = 10
/** Look-ups below which a name may be one visitor's. */
const FEWEST = 5

/**
 * Tells which parts of keys split the pages of a route, of which no value is kept.
 *
 * @param route undefined: no page of the URL is known
 */
export function explainSplits(counts: LookUpCounts, route: string | undefined): ExplainedSplits | undefined {
  const splits = route === undefined ? undefined : counts.splitsOf(route)
  if (route === undefined || splits === undefined) return undefined
  const parts = splits.parts.filter(isShown).slice(0, MOST).map(shown)
  return { route, lookUps: splits.lookUps, parts }
}

function isShown({ name, lookUps, values, sent }: PartCount): boolean {
  const isOfVisitors = name.startsWith('query:') || name.startsWith('cookie:')
  return (values > 1 || sent > 1) && (!isOfVisitors || lookUps >= FEWEST)
}

function shown({ name, values, sent, buckets }: PartCount): ExplainedSplit {
  return {
    name,
    values,
    ...(sent > values && { sent }),
    ...(buckets > 0 && buckets < values && { buckets }),
  }
}
