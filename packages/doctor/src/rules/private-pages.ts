import { isPrivateInput } from '@sitecache/http'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import { DistinctPairs, distinct } from '../examine/numbered.js'
import { partCounts } from '../examine/part-counts.js'
import { filtered, forEach, type Steps } from '../examine/steps.js'
import { pairNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { isCookieInput } from '../sample/parts.js'
import { countsOf, durationText, findingOf, percent, type Rule, routeText } from './rule.js'

const FEWEST_VISITORS = 3
const reasons: ReadonlySet<string | undefined> = new Set(['private', 'no-cache', 'no-store'])

/** `private` on pages that are the same for all visitors. */
export const privatePages: Rule = {
  name: 'private',
  scope: 'route',
  title: 'Pages that are the same for all are kept from being stored by Cache-Control',
  when: '`private`, `no-cache` or `no-store` on a route of which three visitors or more get one body',
  remedy: '`cacheControl({ public: true, sMaxage })`',
  *find(examined, route) {
    const { lookUps } = examined
    const kept = yield* filtered(lookUps, isKeptOff)
    if (kept.length === 0) return []
    // A page that looks at its visitor may show the next one more than these.
    if ([...(yield* partCounts(kept, 'eachInput')).keys()].some(isOfVisitor)) return []
    const { visitors, isSame } = yield* sameForAll(kept)
    if (visitors === 0 || !isSame) return []
    const seconds = lifetimeOf(kept)
    const gain = yield* gainOf(examined, {
      stores: (it) => it.result === 'miss' || it.isServed || isKeptOff(it),
      lifetime: (it) => (isKeptOff(it) ? seconds : ownLifetime(it)),
    })
    if (!isWorthIt(examined, gain)) return []
    const said = (yield* countsOf(kept, ({ reason }) => [reason])).map(([reason]) => reason)
    const evidence = `${percent(kept.length, lookUps.length)} of the responses say ${said.join(' or ')}; ${visitors} visitors got the same bodies, one for each URL.`
    const fix = {
      text: "Check that nothing in these pages is a visitor's, and say so.",
      code: `app.get(${routeText(route)}, cacheControl({ public: true, sMaxage: ${durationNumber(seconds)} }), handler)`,
    }
    return [findingOf(privatePages, examined, { route, evidence, gain, fix })]
  },
}

function isKeptOff({ reason, isOwn, status }: LookUp): boolean {
  return reasons.has(reason) && !isOwn && status === 200
}

function isOfVisitor(name: string): boolean {
  return name === 'authorization' || isCookieInput(name) || isPrivateInput(name)
}

interface Shown {
  /** Visitors of the URLs that three or more have asked for. */
  readonly visitors: number
  /** Each of these URLs has shown one body to all. */
  readonly isSame: boolean
}

function* sameForAll(lookUps: readonly LookUp[]): Steps<Shown> {
  const [visitors, bodies] = [new DistinctPairs(), new DistinctPairs()]
  const urlOf = (lookUp: LookUp): number => keyOf(lookUp, { input: () => false })
  yield* forEach(lookUps, (lookUp) => {
    if (lookUp.body === 0) return
    const url = urlOf(lookUp)
    visitors.add(url, pairNumber(url, lookUp.visitor))
    bodies.add(url, pairNumber(url, lookUp.body))
  })
  const isShared = (group: number): boolean => (visitors.counts[group] ?? 0) >= FEWEST_VISITORS
  const shared = yield* filtered(lookUps, (it) => it.body !== 0 && isShared(visitors.groups.find(urlOf(it))))
  const isSame = bodies.counts.every((count, group) => count === 1 || !isShared(group))
  return { visitors: yield* distinct(shared, ({ visitor }) => visitor), isSame }
}

const DEFAULT = 600

function lifetimeOf([first]: readonly LookUp[]): number {
  const seconds = first?.layerLifetime ?? DEFAULT
  return Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT
}

function ownLifetime({ lifetime, layerLifetime }: LookUp): number {
  return Number.isNaN(lifetime) ? layerLifetime : lifetime
}

function durationNumber(seconds: number): string {
  return durationText(seconds).startsWith("'") ? String(seconds) : durationText(seconds)
}
