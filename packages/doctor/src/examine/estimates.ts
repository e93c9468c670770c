import type { Estimate } from '../finding.js'
import type { Examination } from './examination.js'
import { type Plan, simulate } from './simulate.js'
import { forEach, type Steps } from './steps.js'

/** Hits that a plan brings, in the sample. */
export interface Gain {
  readonly requests: number
  /** Seconds of rendering that they spare. */
  readonly seconds: number
}

/** Look-ups below which nothing is found. */
const FEWEST = 5
/** Share of a cache's look-ups. */
const SMALLEST_SHARE = 0.01

/** Simulates a sample under a plan. */
export function* gainOf(examined: Examination, plan: Plan): Steps<Gain> {
  const now = yield* examined.hits()
  const hits = yield* simulate(examined.all, examined.history, plan)
  let requests = 0
  let milliseconds = 0
  yield* forEach(examined.all, ({ renderMs }, i) => {
    const change = (hits[i] ?? 0) - (now[i] ?? 0)
    requests += change
    if (change !== 0 && !Number.isNaN(renderMs)) milliseconds += change * renderMs
  })
  return { requests, seconds: milliseconds / 1000 }
}

/** Returns the gain by the hour. */
export function estimateOf({ hours }: Examination, { requests, seconds }: Gain): Estimate {
  return { requestsPerHour: requests / hours, secondsPerHour: Math.max(0, seconds) / hours }
}

/** Whether a gain is worth a finding. */
export function isWorthIt(
  { total }: Pick<Examination, 'total'>,
  { requests }: Pick<Gain, 'requests'>,
): boolean {
  return requests >= Math.max(FEWEST, total * SMALLEST_SHARE)
}
