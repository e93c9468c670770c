import type { SeenVisit } from './run-scenario.js'
import type { FieldDifference, Observation, RequestSpec, Scenario, ScenarioDifference } from './scenario.js'

/** Faults of the responses to a scenario's requests; each list is empty where there are none. */
export interface Faults {
  /** Something that belongs to another visitor was given away. */
  readonly foreign: readonly string[]
  /**
   * A visitor was shown something else than the application without any cache shows, or Django
   * does.
   */
  readonly otherContent: readonly string[]
  /** A visitor's own data went out with a lifetime that others may use. */
  readonly lifetimes: readonly string[]
  /** Django answers something else. */
  readonly differences: readonly string[]
}

/** Differences from the recording that are allowed. */
export interface Allowed {
  readonly everywhere: readonly FieldDifference[]
  readonly scenarios: readonly ScenarioDifference[]
}

const fields = [
  'status',
  'ran',
  'shows',
  'bodyOf',
  'empty',
  'contentEncoding',
  'cacheControl',
  'vary',
  'expiresIn',
  'etag',
  'contentLanguage',
  'setCookie',
  'deleteCookie',
  'location',
] as const satisfies readonly (keyof Observation)[]

type Field = (typeof fields)[number]

/** Judges a scenario's responses, in the order of what counts. */
export function faultsOf(scenario: Scenario, seen: readonly SeenVisit[], allowed: Allowed): Faults {
  const golden = scenario['django-3.2']
  const own = allowed.scenarios.filter(({ ids }) => ids.includes(scenario.id))
  const each = (judge: (seen: SeenVisit, golden: Observation, index: number) => readonly unknown[]) =>
    seen.flatMap((one, index) => {
      const expected = golden[index]
      if (expected === undefined) return [`request ${index} has no recorded answer`]
      return judge(one, expected, index).map((fault) => `request ${index}: ${JSON.stringify(fault)}`)
    })
  return {
    foreign: each(({ observation }) => observation.foreign),
    otherContent: each(({ observation }, expected) => contentFault(observation, expected)),
    lifetimes: each((one) => lifetimeFault(scenario, one)),
    differences: each(({ observation }, expected, index) =>
      fields.flatMap((field) => {
        const request = scenario.requests[index]
        const wanted = wantedOf(field, expected, index, own)
        if (isEqual(field, observation[field], wanted.value) || wanted.isOpen) return []
        if (isAllowed(field, observation, wanted.value, request, allowed.everywhere)) return []
        return [{ field, got: observation[field], expected: wanted.value }]
      }),
    ),
  }
}

/** A visitor may be shown an older page of their own, where Django shows the same. */
function contentFault(seen: Observation, golden: Observation): readonly unknown[] {
  const isDjangos = golden.foreign.length === 0 && canonical(seen.shows) === canonical(golden.shows)
  return seen.asUncached === false && !isDjangos ? [{ shows: seen.shows, status: seen.status }] : []
}

function lifetimeFault(scenario: Scenario, { visit, observation }: SeenVisit): readonly unknown[] {
  const saysPublic = scenario.views.some(({ decorators }) =>
    decorators.some(([name, changes]) => name === 'cache_control' && Object(changes).public === true),
  )
  if (!visit.isOwn || saysPublic || observation.vary !== null || !hasSharedLifetime(observation)) return []
  return [{ cacheControl: observation.cacheControl, expiresIn: observation.expiresIn }]
}

/** Does the response say a lifetime that others than its client may use? */
function hasSharedLifetime({ cacheControl, expiresIn }: Observation): boolean {
  const { private: isPrivate, 'max-age': maxAge, 's-maxage': sharedMaxAge } = cacheControl ?? {}
  if (isPrivate !== undefined) return false
  return Number(sharedMaxAge ?? maxAge ?? expiresIn ?? 0) > 0
}

/** Value that a field has to have, and whether the scenario's own differences leave it open. */
function wantedOf(
  field: Field,
  golden: Observation,
  index: number,
  own: readonly ScenarioDifference[],
): { readonly value: unknown; readonly isOpen: boolean } {
  const here = own.filter(({ requests }) => requests?.includes(index) ?? true)
  for (const rule of here) {
    const value = field === 'ran' || field === 'status' ? rule[field]?.[index] : undefined
    if (value !== undefined && value !== null) return { value, isOpen: false }
  }
  return { value: golden[field], isOpen: here.some((rule) => rule.fields?.includes(field) ?? true) }
}

function isAllowed(
  field: Field,
  seen: Observation,
  golden: unknown,
  request: RequestSpec | undefined,
  everywhere: readonly FieldDifference[],
): boolean {
  return everywhere.some((rule) => {
    if (!rule.fields.includes(field) || !appliesTo(rule, seen, request)) return false
    return rule.without === undefined || isEqual(field, seen[field], without(golden, rule.without))
  })
}

function appliesTo(
  { methods, whenOther }: FieldDifference,
  seen: Observation,
  request?: RequestSpec,
): boolean {
  if (methods !== undefined && !methods.includes(request?.method ?? '')) return false
  if (whenOther === 'private') return seen.cacheControl?.private !== undefined || !hasSharedLifetime(seen)
  return whenOther !== 'no-lifetime' || !hasSharedLifetime(seen)
}

function without(names: unknown, name: string): unknown {
  return Array.isArray(names) ? names.filter((one) => one !== name) : names
}

/** Django's clock ran while the answers were recorded. */
function isEqual(field: Field, seen: unknown, golden: unknown): boolean {
  if (field === 'expiresIn' && typeof seen === 'number' && typeof golden === 'number')
    return Math.abs(seen - golden) <= 2
  return canonical(seen) === canonical(golden)
}

/**
 * Returns a text that is the same for equal data: prototypes of Jest's realm and order of names
 * don't count.
 */
function canonical(data: unknown): string {
  return JSON.stringify(data, (_key, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
