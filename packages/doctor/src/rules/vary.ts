import { hasBody } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { keyOf } from '../examine/keys.js'
import { DistinctPairs, Numbered } from '../examine/numbered.js'
import { forEach, type Steps } from '../examine/steps.js'
import type { Finding, Fix } from '../finding.js'
import { pairNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { OTHER } from '../sample/names.js'
import { isCookieInput } from '../sample/parts.js'
import { findingOf, largest, type Rule } from './rule.js'

const FEWEST_VALUES = 10
const MOST_BODIES = 3

/** Inputs that are a visitor's identity, or that are reduced by themselves. */
const others: ReadonlySet<string> = new Set([
  'session',
  'visitor',
  'authorization',
  'accept-encoding',
  'header:*',
  'locals:*',
  OTHER,
])

/** A header with many values and few bodies. */
export const vary: Rule = {
  name: 'vary',
  scope: 'route',
  title: 'A header with many values makes few different pages',
  when: 'a page depends on a header with more than ten values, of which three bodies at most are made',
  remedy: "`buckets: { 'accept-language': ['en', 'fr'] }`, `buckets: { 'user-agent': … }`, or `ignore`",
  *find(examined, route) {
    const findings: Finding[] = []
    for (const [name, { values }] of yield* examined.inputs())
      if (values > FEWEST_VALUES && !others.has(name) && !isCookieInput(name))
        findings.push(...(yield* findIn(examined, route, name, values)))
    return findings
  },
}

function* findIn(examined: Examination, route: string, name: string, values: number): Steps<Finding[]> {
  const { lookUps } = examined
  const bodies = yield* bodiesOf(lookUps, name)
  if (bodies.most > MOST_BODIES || bodies.values.count < 2 * bodies.sum) return []
  const gain = yield* gainOf(examined, { key: (it) => reducedKey(it, name, bodies) })
  if (!isWorthIt(examined, gain)) return []
  const evidence = `${name} has ${values} values; no URL has more than ${bodies.most} bodies.`
  return [findingOf(vary, examined, { route, evidence, gain, fix: fixFor(name, bodies.most) })]
}

function reducedValue(lookUp: LookUp, wanted: string): number {
  let found = 0
  lookUp.eachInput((name, value) => {
    if (name === wanted) found = value
  })
  return found
}

/** Key in which all else counts. */
function keyWithout(lookUp: LookUp, wanted: string): number {
  return keyOf(lookUp, { input: (name) => name !== wanted })
}

/** Key in which a value counts as the body that it brings. */
function reducedKey(lookUp: LookUp, name: string, { values, bodyOf }: Bodies): number {
  const rest = keyWithout(lookUp, name)
  const pair = pairNumber(rest, reducedValue(lookUp, name))
  const known = values.find(pair)
  return known < 0 ? pair : pairNumber(rest, -1 - (bodyOf[known] ?? 0))
}

interface Bodies {
  /** Numbers of pairs of a URL and a value. */
  readonly values: Numbered
  /** Body of each of them. */
  readonly bodyOf: readonly number[]
  /** Bodies of one URL, at the most. */
  readonly most: number
  /** Summed over URLs. */
  readonly sum: number
}

function* bodiesOf(lookUps: readonly LookUp[], name: string): Steps<Bodies> {
  const values = new Numbered()
  const bodyOf: number[] = []
  const bodies = new DistinctPairs()
  yield* forEach(lookUps, (lookUp) => {
    if (!hasBody(lookUp)) return
    const rest = keyWithout(lookUp, name)
    bodyOf[values.of(pairNumber(rest, reducedValue(lookUp, name)))] = lookUp.body
    bodies.add(rest, pairNumber(rest, lookUp.body))
  })
  return { values, bodyOf, most: largest(bodies.counts), sum: bodies.count }
}

const header = /^[a-z0-9-]+$/

function fixFor(name: string, bodies: number): Fix {
  if (!header.test(name))
    return {
      text: 'Leave it out of the key, if no page shows it.',
      code: `siteCache({ ignore: ['${name}'] })`,
    }
  if (bodies === 1)
    return {
      text: 'No page shows it: reduce it to nothing, or leave it out of Vary.',
      code: `siteCache({ buckets: { '${name}': () => '' } })`,
    }
  if (name === 'accept-language')
    return {
      text: 'Reduce it to the languages that there are.',
      code: "siteCache({ buckets: { 'accept-language': ['en', 'fr'] } })",
    }
  if (name === 'user-agent')
    return {
      text: 'Reduce it to the kinds of devices that there are pages for.',
      code: "siteCache({ buckets: { 'user-agent': (value) => (/Mobi/.test(value) ? 'mobile' : 'desktop') } })",
    }
  return {
    text: 'Reduce it to the values that make a difference.',
    code: `siteCache({ buckets: { '${name}': (value) => kindOf(value) } })`,
  }
}
