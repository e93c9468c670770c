import { isPrivateInput } from '@sitecache/http'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import { partCounts } from '../examine/part-counts.js'
import { filtered, forEach, type Steps } from '../examine/steps.js'
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
    const groups = [...(yield* groupsOf(kept)).values()].filter(
      ({ visitors }) => visitors.size >= FEWEST_VISITORS,
    )
    if (groups.length === 0 || groups.some(({ bodies }) => bodies.size > 1)) return []
    const seconds = lifetimeOf(kept)
    const gain = yield* gainOf(examined, {
      stores: (it) => it.result === 'miss' || it.isServed || isKeptOff(it),
      lifetime: (it) => (isKeptOff(it) ? seconds : ownLifetime(it)),
    })
    if (!isWorthIt(examined, gain)) return []
    const visitors = new Set(groups.flatMap((group) => [...group.visitors])).size
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

interface Group {
  readonly visitors: Set<number>
  readonly bodies: Set<number>
}

/** Visitors and bodies by URL. */
function* groupsOf(lookUps: readonly LookUp[]): Steps<ReadonlyMap<number, Group>> {
  const groups = new Map<number, Group>()
  yield* forEach(lookUps, (lookUp) => {
    if (lookUp.body === 0) return
    const key = keyOf(lookUp, { input: () => false })
    const group = groups.get(key) ?? { visitors: new Set(), bodies: new Set() }
    group.visitors.add(lookUp.visitor)
    group.bodies.add(lookUp.body)
    groups.set(key, group)
  })
  return groups
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
