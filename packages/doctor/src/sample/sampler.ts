import type { CacheSampler } from '@sitecache/core/internal'
import type { LookUpDetails } from '@sitecache/http'
import { Numbered } from '../examine/numbered.js'
import { type Steps, sortedBy } from '../examine/steps.js'
import { BodyDigest } from './body-digest.js'
import { BodyShape, type Difference } from './body-shape.js'
import { Columns, type SampleRow } from './columns.js'
import { DecodedLookUp } from './decoded-look-up.js'
import { flagsOf } from './flags.js'
import { hashOf, rememberedHash } from './hashing.js'
import type { LookUp } from './look-up.js'
import { Names, OTHER } from './names.js'
import { Overlaps } from './overlaps.js'
import { isCookieInput, partsOf } from './parts.js'
import { RobotAgents } from './robot-agents.js'
import { wholeKey } from './whole-key.js'
import { reasonNumber, resultNumber } from './words.js'

const MAX_ROUTES = 500
/** Patterns are the application's. */
const ROUTE = /^[\x20-\x7e]{1,200}$/
const MAX_NAMES = 2000
/** Pages of which the shape of one body is kept. */
const MAX_SHAPES = 256

const noDifference: Difference = { share: Number.NaN, from: 0, to: 0 }

/**
 * Keeps the last look-ups of a cache as numbers: of URLs, headers, cookies and bodies there are
 * salted hashes alone.
 */
export class LookUpSample implements CacheSampler {
  readonly columns: Columns
  /** Faults of its own: look-ups that are not in the sample. */
  faults = 0
  readonly #routes = new Names(MAX_ROUTES, ROUTE)
  readonly #names = { visitors: new Names(MAX_NAMES), application: new Names(MAX_NAMES) }
  readonly #hashOfSite = rememberedHash()
  readonly #hashOfLayer = rememberedHash()
  readonly #overlaps = new Overlaps()
  readonly #robots = new RobotAgents()
  readonly #shapes = new Map<number, BodyShape>()

  constructor(limit: number) {
    this.columns = new Columns(limit)
  }

  body(): BodyDigest {
    return new BodyDigest()
  }

  /** A fault here must break no request. */
  take(details: object): void {
    try {
      this.columns.add(this.#row(details as LookUpDetails))
    } catch {
      this.faults += 1
    }
  }

  #row(details: LookUpDetails): SampleRow {
    const { event, layer, page } = details
    const path = hashOf(details.url.split('?', 1)[0] ?? '')
    const body = details.body instanceof BodyDigest ? details.body : undefined
    const difference = this.#difference(details, path, body)
    const site = this.#hashOfSite(`${details.scheme} ${details.host}`)
    const extraKey = this.#hashOfLayer(details.extraKey)
    const parts = partsOf(details, this.#names)
    const isOverlap = this.#overlaps.see(wholeKey({ layer: extraKey, path, site }, parts), details)
    return {
      at: details.at,
      // In the order of WHOLE.
      whole: [
        this.#routes.number(event.route ?? '(none)'),
        resultNumber(event.result),
        reasonNumber(event.reason),
        flagsOf(factsOf(details, isOverlap, this.#robots)),
        event.status,
        path,
        site,
        extraKey,
        hashOf(visitorOf(details)),
        details.method === 'HEAD' ? 0 : (body?.end() ?? 0),
        difference.from,
        difference.to,
        page?.body.length ?? event.bytes,
        Math.min(layer.maxVariants, 2 ** 32 - 1),
        event.variants ?? 0,
      ],
      // In the order of DECIMAL.
      decimal: [
        difference.share,
        event.renderMs ?? page?.renderMs ?? Number.NaN,
        event.lookupMs ?? Number.NaN,
        event.durationMs,
        page?.lifetime ?? Number.NaN,
        page === undefined ? Number.NaN : (page.expires - details.at) / 1000,
        layer.staleFor,
        layer.lifetime,
        layer.jitter,
      ],
      parts,
    }
  }

  /** Compares pages that depend on cookies with that of the first visitor. */
  #difference(details: LookUpDetails, path: number, body: BodyDigest | undefined): Difference {
    if (body === undefined || !details.inputs.some(isCookieInput)) return noDifference
    const bytes = body.take()
    if (bytes === undefined || bytes.length === 0) return noDifference
    const shape = new BodyShape(bytes)
    const known = this.#shapes.get(path)
    if (known !== undefined) return known.difference(shape)
    if (this.#shapes.size < MAX_SHAPES) this.#shapes.set(path, shape)
    return noDifference
  }

  /** Returns the look-ups in the order in which they came. */
  *lookUps(): Steps<LookUp[]> {
    const names = { ...this.#names, routes: this.#routes }
    const keys = new Numbered()
    const lookUps = yield* this.columns.map((chunk, i): LookUp => new DecodedLookUp(chunk, i, names, keys))
    return yield* sortedBy(lookUps, ({ at }) => at)
  }
}

function factsOf(details: LookUpDetails, isOverlap: boolean, robots: RobotAgents) {
  const { event, method, page, sentCoding, layer } = details
  const isPlain = page !== undefined && page.header('content-encoding') === undefined
  return {
    isRender: event.renderMs !== undefined && event.status !== 0,
    isOwn: event.purpose !== undefined,
    isHead: method === 'HEAD',
    isBot: robots.has(String(details.source.headers['user-agent'] ?? '')),
    isRepeated: details.isRepeated || isOverlap,
    isEncodedOutside: event.source === 'cache' && isPlain && sentCoding !== undefined,
    isSorted: layer.isSorted,
    hasLock: layer.lock,
  }
}

/** Text by which one visitor is told from another, as far as a cache can. */
function visitorOf({ source, address }: LookUpDetails): string {
  const { cookie, authorization, 'user-agent': agent } = source.headers
  const own = authorization ?? cookie
  return own === undefined ? `${address} ${String(agent ?? OTHER)}` : String(own)
}
