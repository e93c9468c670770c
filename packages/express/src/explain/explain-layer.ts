import {
  ALL_LOCALS,
  asToldNow,
  digest,
  droppedQuery,
  type HeaderMap,
  type Page,
  parseInput,
  type Reason,
  type RequestDecision,
  targetKeyText,
  type VaryRecord,
} from '@sitecache/http'
import { inputInWords, placesOfReads } from '../inputs/development-warnings.js'
import type { LastRender } from '../options/last-renders.js'
import type { Layer } from '../options/layer.js'
import { countLookUps, type LookUpCounts } from '../options/look-up-counts.js'
import type { PageLocation } from '../pages/page-location.js'
import { type PeekedPage, type PeekedUrl, peekPage } from '../pages/peek-page.js'
import { decideBy } from '../request/decide.js'
import { explainDownstream, type SentResponse } from './downstream.js'
import { explainDrops } from './drops.js'
import type {
  ExplainedInput,
  ExplainedKey,
  ExplainedVariant,
  ExplainedVariants,
  LayerExplanation,
  WouldDo,
} from './explanation.js'
import { findingsOf } from './findings.js'
import { pageMaterial } from './key-material.js'
import { explainLifetime, headersOfPage } from './lifetime.js'
import { explainSplits } from './splits.js'

/** Request that is explained at a layer. */
export interface RequestAtLayer {
  readonly layer: Layer
  readonly method: string
  /** Names in lower case. */
  readonly headers: HeaderMap
  /** Target as it was sent. */
  readonly target: string
  /** Middlewares have seen it: an input that is absent is absent. */
  readonly isComplete: boolean
}

/** Page and response that the application has given on trial. */
export interface TrialResult {
  readonly page?: Page | undefined
  readonly source?: string | undefined
  readonly last: LastRender
  readonly sent: SentResponse
  /** Names of what it depends on. */
  readonly inputs: readonly string[]
}

/** Result of a look-up for an explanation. */
export interface Looked {
  readonly location: PageLocation
  /** Undefined: the store failed. */
  readonly peeked: PeekedUrl | undefined
  readonly failure: string | undefined
  readonly decision: RequestDecision
}

const nothing = { record: undefined, fence: '', epoch: 0, isSoftPurged: false, page: undefined }

/** Looks up without a trace, and decides. Never rejects. */
export async function look(request: RequestAtLayer, location: PageLocation, now: number): Promise<Looked> {
  const decided = (found: Parameters<typeof decideBy>[1]): RequestDecision =>
    decideBy({ ...request, location }, found, now, false)
  try {
    const peeked = await peekPage(location)
    return { location, peeked, failure: undefined, decision: decided(peeked) }
  } catch (error) {
    const failure = error instanceof Error ? error.message : 'it failed'
    return { location, peeked: undefined, failure, decision: decided(nothing) }
  }
}

/** Explains a layer that looks the request up. */
export function explainLookUp(
  request: RequestAtLayer,
  looked: Looked,
  trial: TrialResult | undefined,
  now: number,
): LayerExplanation {
  const { layer } = request
  const { location, peeked, failure, decision } = looked
  const own = peeked?.pages.find(({ hash }) => hash === peeked.chosen)
  const page = own?.page ?? trial?.page
  const last = trial?.last ?? layer.lastRenders.get(location.recordKey)
  const wouldDo = wouldDoOf(request, decision, peeked?.record)
  const counts = countLookUps(layer.keys().cache)
  return {
    ...identityOf(layer),
    wouldDo,
    key: explainKey(request, location, peeked),
    dependsOn: dependsOn(peeked?.record?.names ?? trial?.inputs ?? []),
    stored: explainVariants(layer, peeked, failure, counts, now),
    splitBy: explainSplits(counts, (page ?? peeked?.pages[0]?.page)?.route),
    page: own && variantOf(own, peeked?.hash, counts, now),
    last,
    lifetime: page && explainLifetime(layer, page, own === undefined ? trial?.source : undefined),
    drops: explainDrops(location, page ?? purgedPage(peeked)),
    downstream: downstreamOf(request, own?.page, trial, now),
    findings: findingsOf(failedAt(failure, wouldDo), last),
  }
}

/** Explains a layer that the request bypasses. */
export function explainBypass(request: RequestAtLayer, reason: Reason): LayerExplanation {
  const { layer, target } = request
  const forward = reason === 'method' ? ('method' as const) : ('bypass' as const)
  const wouldDo: WouldDo = { action: 'bypass', reason, forward, assumesAbsent: [] }
  return {
    ...identityOf(layer),
    wouldDo,
    dependsOn: [],
    stored: { variants: 0, max: layer.rules.maxVariants, list: [] },
    drops: { url: target, tags: [], groups: [] },
    findings: findingsOf(wouldDo, undefined),
  }
}

function identityOf(layer: Layer): Pick<LayerExplanation, 'cache' | 'store' | 'kind' | 'policy'> {
  const { cache } = layer.keys()
  return { cache: cache.alias, store: cache.store.name, kind: layer.kind, policy: layer.rules.policy }
}

/** Nothing can be found while the store fails: that is the reason, whatever else is. */
function failedAt(failure: string | undefined, wouldDo: WouldDo): WouldDo {
  return failure === undefined ? wouldDo : { ...wouldDo, reason: 'store' }
}

function wouldDoOf(
  { isComplete }: RequestAtLayer,
  decision: RequestDecision,
  record: VaryRecord | undefined,
): WouldDo {
  const assumesAbsent = isComplete ? [] : (record?.names ?? []).filter(isFromMiddleware)
  switch (decision.action) {
    case 'serve':
      return { action: 'serve', assumesAbsent }
    case 'serve-stale':
      return { action: 'serve-stale', reason: decision.reason, assumesAbsent }
    case 'unsatisfiable':
      return { action: 'unsatisfiable', reason: 'only-if-cached', forward: decision.reason, assumesAbsent }
    default:
      return { action: decision.action, forward: decision.reason, assumesAbsent }
  }
}

const kinds: ReadonlySet<string | undefined> = new Set(['session', 'visitor', 'req', 'res', 'locals'])

/** Whether a middleware puts this input on the request or response, or in locals. */
function isFromMiddleware(name: string): boolean {
  const kind = parseInput(name)?.kind
  return name === ALL_LOCALS || kinds.has(kind)
}

function explainKey(
  { layer, target }: RequestAtLayer,
  location: PageLocation,
  peeked: PeekedUrl | undefined,
): ExplainedKey {
  const { origin, url } = location
  const { scheme, host } = origin
  const mark = url.indexOf('?')
  const dropped = droppedQuery(target, layer.rules.query)
  const query = { name: 'query', value: mark < 0 ? null : url.slice(mark + 1) }
  const { keyPrefix, version } = location.keys.layout
  const parts = [
    { name: 'method', value: 'GET' },
    { name: 'scheme', value: scheme },
    { name: 'host', value: host },
    { name: 'path', value: mark < 0 ? url : url.slice(0, mark) },
    dropped.length === 0 ? query : { ...query, dropped },
    { name: 'keyPrefix', value: keyPrefix },
    { name: 'version', value: String(version ?? location.keys.cache.version) },
  ]
  const record = peeked?.record ?? { generation: '', names: [] }
  const material = pageMaterial(location, record) ?? []
  const shown = [...parts, ...material.flatMap((part) => part.shown)]
  return peeked?.hash === undefined
    ? { parts: shown, hash: digest(targetKeyText({ method: 'GET', scheme, host, url })), of: 'url' }
    : { parts: shown, hash: peeked.hash, of: 'page' }
}

function dependsOn(names: readonly string[]): readonly ExplainedInput[] {
  return names.map((name) => ({ name, text: inputInWords(name), readAt: placesOfReads(name) }))
}

function explainVariants(
  { rules }: Layer,
  peeked: PeekedUrl | undefined,
  failure: string | undefined,
  counts: LookUpCounts,
  now: number,
): ExplainedVariants {
  return {
    variants: peeked?.record?.variants.length ?? 0,
    max: rules.maxVariants,
    list: (peeked?.pages ?? []).map((one) => variantOf(one, peeked?.hash, counts, now)),
    ...(failure !== undefined && { failure }),
  }
}

const purges = { valid: undefined, stale: 'soft', invalid: 'hard' } as const

function variantOf(
  { hash, page, verdict }: PeekedPage,
  own: string | undefined,
  counts: LookUpCounts,
  now: number,
): ExplainedVariant {
  const ttl = page.ttl(now)
  return {
    hash: hash.slice(0, 8),
    isOwn: hash === own,
    status: page.status,
    age: page.age(now),
    ttl: Number.isFinite(ttl) ? ttl : null,
    bytes: page.body.length,
    renderMs: Math.round(page.renderMs),
    hits: counts.hitsOf(hash) ?? 'unknown',
    purged: purges[verdict],
  }
}

/** The page of this request that a purge has made void, and that is still there. */
function purgedPage(peeked: PeekedUrl | undefined): Page | undefined {
  return peeked?.pages.find(({ hash }) => hash === peeked.hash)?.page
}

function downstreamOf(
  { headers }: RequestAtLayer,
  page: Page | undefined,
  trial: TrialResult | undefined,
  now: number,
): LayerExplanation['downstream'] {
  if (page === undefined) return trial && explainDownstream(trial.sent, headers, now)
  const told = asToldNow(page, now).page
  return explainDownstream({ status: told.status, headers: headersOfPage(told) }, headers, now)
}
