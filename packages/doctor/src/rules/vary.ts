import { hasBody } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { keyOf } from '../examine/keys.js'
import type { Finding, Fix } from '../finding.js'
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
  find(examined, route) {
    return [...new Set(examined.lookUps.flatMap(({ inputs }) => inputs.map(({ name }) => name)))]
      .filter((name) => !others.has(name) && !isCookieInput(name))
      .flatMap((name) => findIn(examined, route, name))
  },
}

function findIn(examined: Examination, route: string, name: string): Finding[] {
  const { lookUps } = examined
  const values = new Set(lookUps.map((lookUp) => reducedValue(lookUp, name))).size
  if (values <= FEWEST_VALUES) return []
  const bodies = bodiesOf(lookUps, name)
  if (bodies.most > MOST_BODIES || bodies.values < 2 * bodies.bodies) return []
  const gain = gainOf(examined, { key: (it) => reducedKey(it, name, bodies.byValue) })
  if (!isWorthIt(examined, gain)) return []
  const evidence = `${name} has ${values} values; no URL has more than ${bodies.most} bodies.`
  return [findingOf(vary, examined, { route, evidence, gain, fix: fixFor(name, bodies.most) })]
}

function reducedValue({ inputs }: LookUp, name: string): number {
  return inputs.find((part) => part.name === name)?.value ?? 0
}

/** Key in which all else counts. */
function keyWithout(lookUp: LookUp, name: string): string {
  return keyOf(lookUp, { input: (part) => (part.name === name ? undefined : part.value) })
}

/** Key in which a value counts as the body that it brings. */
function reducedKey(lookUp: LookUp, name: string, byValue: ReadonlyMap<string, number>): string {
  const rest = keyWithout(lookUp, name)
  const value = reducedValue(lookUp, name)
  return `${rest}#${byValue.get(`${rest}#${value}`) ?? `value ${value}`}`
}

interface Bodies {
  /** By URL and value. */
  readonly byValue: ReadonlyMap<string, number>
  /** Of one URL. */
  readonly most: number
  /** Summed over URLs. */
  readonly values: number
  readonly bodies: number
}

function bodiesOf(lookUps: readonly LookUp[], name: string): Bodies {
  const byValue = new Map<string, number>()
  const byUrl = new Map<string, Set<number>>()
  for (const lookUp of lookUps.filter(hasBody)) {
    const rest = keyWithout(lookUp, name)
    byValue.set(`${rest}#${reducedValue(lookUp, name)}`, lookUp.body)
    const known = byUrl.get(rest)
    if (known === undefined) byUrl.set(rest, new Set([lookUp.body]))
    else known.add(lookUp.body)
  }
  const sizes = [...byUrl.values()].map(({ size }) => size)
  const sum = sizes.reduce((all, size) => all + size, 0)
  return { byValue, most: largest(sizes), values: byValue.size, bodies: sum }
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
