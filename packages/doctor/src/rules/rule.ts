import { estimateOf, type Gain } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { forEach, type Steps } from '../examine/steps.js'
import type { Finding, Fix } from '../finding.js'

/** One cause that is looked for. The texts stand in the guide, too. */
export interface Rule {
  /** In kebab case. */
  readonly name: string
  /** Whether it looks at one route after the other, or at all of a cache. */
  readonly scope: 'route' | 'cache'
  readonly title: string
  /** When it is told. */
  readonly when: string
  readonly remedy: string
  /** @param route of the look-ups; of the whole cache: '' */
  find(examined: Examination, route: string): Steps<Finding[]>
}

/** Parts of a finding that are a rule's own. */
interface Found {
  readonly route?: string
  readonly evidence: string
  readonly gain?: Gain
  readonly fix: Fix
}

const nothing: Gain = { requests: 0, seconds: 0 }

/** Makes a finding of what a rule has found. */
export function findingOf(
  { name, title }: Pick<Rule, 'name' | 'title'>,
  examined: Examination,
  { route, evidence, gain = nothing, fix }: Found,
): Finding {
  const about = route === undefined ? {} : { route }
  const { cache } = examined
  return { rule: name, title, cache, ...about, evidence, estimate: estimateOf(examined, gain), fix }
}

/** Formats a share as a percentage. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Math.round((100 * part) / whole)} %`
}

/** Formats seconds as code: `'10m'`, or a number. */
export function durationText(seconds: number): string {
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const)
    if (seconds >= length && seconds % length === 0) return `'${seconds / length}${unit}'`
  return String(Math.round(seconds))
}

/** Formats a route as a text in code; one that has no name by an example. */
export function routeText(route: string): string {
  return route.startsWith('(') || /['\\]/.test(route) ? "'/path'" : `'${route}'`
}

/** Formats names as a list in code. */
export function listText(names: readonly string[]): string {
  return `[${names.map((name) => `'${name.replace(/['\\]/g, '')}'`).join(', ')}]`
}

/** Values of which a quantile is made, at the most. */
const MOST_VALUES = 10_000

/** Returns the value in the middle, or at another quantile, of an even choice; NaN of none. */
export function* quantile<T>(all: readonly T[], of: (it: T) => number, share = 0.5): Steps<number> {
  const step = Math.ceil(all.length / MOST_VALUES)
  const values: number[] = []
  yield* forEach(all, (it, i) => {
    const value = i % step === 0 ? of(it) : Number.NaN
    if (!Number.isNaN(value)) values.push(value)
  })
  const sorted = Float64Array.from(values).sort()
  yield
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Counts values, the most frequent first. */
export function counts<T>(values: Iterable<T>): [T, number][] {
  const all = new Map<T, number>()
  for (const value of values) count(all, value)
  return ordered(all)
}

/** Counts the values that each of many has, the most frequent first. */
export function* countsOf<T, V>(all: readonly T[], valuesOf: (it: T) => Iterable<V>): Steps<[V, number][]> {
  const numbers = new Map<V, number>()
  yield* forEach(all, (it) => {
    for (const value of valuesOf(it)) count(numbers, value)
  })
  return ordered(numbers)
}

function count<T>(all: Map<T, number>, value: T): void {
  all.set(value, (all.get(value) ?? 0) + 1)
}

function ordered<T>(all: ReadonlyMap<T, number>): [T, number][] {
  return [...all].sort((one, other) => other[1] - one[1])
}

/** Returns the largest of any number of values; -Infinity of none. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
}
