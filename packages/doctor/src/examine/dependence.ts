import type { LookUp } from '../sample/look-up.js'
import { EVERY, type Steps } from './steps.js'

/** Comparison of bodies that were rendered one after the other. */
interface Comparison {
  /** Pairs whose values differ, and whose bodies are equal. */
  readonly equal: number
  /** Pairs whose bodies differ. */
  readonly different: number
}

/** Renders that are compared, the last ones: more tell no more. */
const MOST_RENDERS = 1000
/** Names that are tried, the most frequent ones; the others count. */
export const MOST_NAMES = 10
/** Pairs of equal bodies below which nothing is said. */
const FEWEST_PAIRS = 5

/**
 * Compares each render with the last one under the same text, if that was not longer ago than the
 * page lives: by then the page may have changed by itself.
 *
 * @param same number of what must be the same
 * @param differs number of what may differ
 */
export function* compareBodies(
  lookUps: readonly LookUp[],
  same: (lookUp: LookUp) => number,
  differs: (lookUp: LookUp) => number,
): Steps<Comparison> {
  return comparisonOf(yield* lastRenders(lookUps), same, differs)
}

function comparisonOf(
  renders: readonly LookUp[],
  same: (lookUp: LookUp) => number,
  differs: (lookUp: LookUp) => number,
): Comparison {
  const last = new Map<number, { body: number; text: number; at: number }>()
  let [equal, different] = [0, 0]
  for (const lookUp of renders) {
    const { at, body } = lookUp
    const [key, text] = [same(lookUp), differs(lookUp)]
    const before = last.get(key)
    last.set(key, { body, text, at })
    if (before === undefined || at - before.at > lifetimeOf(lookUp) * 1000) continue
    if (before.body !== body) different += 1
    else if (before.text !== text) equal += 1
  }
  return { equal, different }
}

/** Returns the last renders with a body, in their order. */
function* lastRenders(lookUps: readonly LookUp[]): Steps<readonly LookUp[]> {
  const renders: LookUp[] = []
  for (let i = lookUps.length - 1; i >= 0 && renders.length < MOST_RENDERS; i -= 1) {
    const lookUp = lookUps[i]
    if (lookUp !== undefined && hasBody(lookUp)) renders.push(lookUp)
    if (i % EVERY === 0) yield
  }
  return renders.reverse()
}

/** Whether a body is that of a page, as a GET has it. */
export function hasBody({ isRender, body, status }: LookUp): boolean {
  return isRender && body !== 0 && status === 200
}

function lifetimeOf({ lifetime, layerLifetime }: LookUp): number {
  return Number.isNaN(lifetime) ? layerLifetime : lifetime
}

/** Whether bodies were seen to be the same, whatever differs. */
export function isIndependent({ equal, different }: Comparison): boolean {
  return different === 0 && equal >= FEWEST_PAIRS
}

/**
 * Finds the names on which bodies depend: the fewest with which requests of the same values have
 * the same body.
 *
 * @param names of parts that may count; `MOST_NAMES` at most
 * @param same number of all else that must be the same, and of the parts of these names
 * @param whole number of all parts
 * @returns undefined where no choice of names explains the bodies
 */
export function* namesThatCount(
  lookUps: readonly LookUp[],
  names: readonly string[],
  same: (lookUp: LookUp, counted: ReadonlySet<string>) => number,
  whole: (lookUp: LookUp) => number,
): Steps<ReadonlySet<string> | undefined> {
  const renders = yield* lastRenders(lookUps)
  const counted = new Set<string>()
  for (;;) {
    const now = comparisonOf(renders, (lookUp) => same(lookUp, counted), whole)
    if (now.different === 0) return isIndependent(now) ? counted : undefined
    const tried: (Comparison & { readonly name: string })[] = []
    for (const name of names) {
      if (counted.has(name)) continue
      const more = new Set([...counted, name])
      tried.push({ name, ...comparisonOf(renders, (lookUp) => same(lookUp, more), whole) })
      yield
    }
    const [better] = tried.sort((one, other) => one.different - other.different || other.equal - one.equal)
    if (better === undefined || better.different >= now.different) return undefined
    counted.add(better.name)
  }
}
