import type { CacheSampler } from '@sitecache/core/internal'
import { isServed, type LookUpDetails, REASONS, RESULTS, type Reason, type Result } from '@sitecache/http'
import { isbot } from 'isbot'
import { BodyDigest } from './body-digest.js'
import { BodyShape, type Difference } from './body-shape.js'
import { Columns, type Row } from './columns.js'
import { FLAGS, flagsOf } from './flags.js'
import { hashOf } from './hashing.js'
import type { LookUp, Part } from './look-up.js'
import { Names, OTHER } from './names.js'
import { COOKIE, INPUT, isCookieInput, PARAM, partsOf, SET_COOKIE } from './parts.js'

const MAX_ROUTES = 500
const MAX_NAMES = 2000
/** Pages of which the shape of one body is kept. */
const MAX_SHAPES = 256

const results = Object.keys(RESULTS) as Result[]
const reasons = Object.keys(REASONS) as Reason[]

const noDifference: Difference = { share: Number.NaN, from: 0, to: 0 }

/**
 * Keeps the last look-ups of a cache as numbers: of URLs, headers, cookies and bodies there are
 * salted hashes alone.
 */
export class LookUpSample implements CacheSampler {
  readonly columns: Columns
  /** Faults of its own: look-ups that are not in the sample. */
  faults = 0
  readonly #routes = new Names(MAX_ROUTES)
  readonly #names = { visitors: new Names(MAX_NAMES), application: new Names(MAX_NAMES) }
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

  #row(details: LookUpDetails): Row {
    const { event, layer, page, source } = details
    const path = hashOf(details.url.split('?', 1)[0] ?? '')
    const body = details.body instanceof BodyDigest ? details.body : undefined
    const difference = this.#difference(details, path, body)
    return {
      at: details.at,
      route: this.#routes.number(event.route ?? '(none)'),
      result: results.indexOf(event.result),
      reason: event.reason === undefined ? 0 : reasons.indexOf(event.reason) + 1,
      flags: flagsOf(factsOf(details)),
      status: event.status,
      path,
      site: hashOf(`${details.scheme} ${details.host}`),
      layer: hashOf(details.extraKey),
      visitor: hashOf(visitorOf(details)),
      body: details.method === 'HEAD' ? 0 : (body?.end() ?? 0),
      differsFrom: difference.from,
      differsTo: difference.to,
      bytes: page?.body.length ?? event.bytes,
      maxVariants: Math.min(layer.maxVariants, 2 ** 32 - 1),
      variants: event.variants ?? 0,
      difference: difference.share,
      renderMs: event.renderMs ?? page?.renderMs ?? Number.NaN,
      lookupMs: event.lookupMs ?? Number.NaN,
      durationMs: event.durationMs,
      lifetime: page?.lifetime ?? Number.NaN,
      ttl: page === undefined ? Number.NaN : (page.expires - details.at) / 1000,
      staleFor: layer.staleFor,
      layerLifetime: layer.lifetime,
      jitter: layer.jitter,
      parts: partsOf({ ...details, source }, this.#names),
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
  lookUps(): LookUp[] {
    const lookUps = this.columns.rows().map((row) => this.#lookUp(row))
    return lookUps.sort((one, other) => one.at - other.at)
  }

  #lookUp({ route, result: resultNumber, reason, flags, parts, ...numbers }: Row): LookUp {
    const result = results[resultNumber] ?? 'bypass'
    const is = (bit: number): boolean => (flags & bit) !== 0
    return {
      ...numbers,
      route: this.#routes.name(route),
      result,
      reason: reason === 0 ? undefined : reasons[reason - 1],
      isServed: isServed(result),
      isRender: is(FLAGS.isRender),
      isOwn: is(FLAGS.isOwn),
      isHead: is(FLAGS.isHead),
      isBot: is(FLAGS.isBot),
      isRepeated: is(FLAGS.isRepeated),
      isEncodedOutside: is(FLAGS.isEncodedOutside),
      isSorted: is(FLAGS.isSorted),
      hasLock: is(FLAGS.hasLock),
      ...this.#parts(parts),
    }
  }

  #parts(numbers: readonly number[]): Pick<LookUp, 'params' | 'inputs' | 'cookies' | 'setCookies'> {
    const parts: Part[][] = [[], [], [], []]
    for (let i = 0; i + 2 < numbers.length; i += 3) {
      const [number = 0, raw = 0, value = 0] = numbers.slice(i, i + 3)
      const kind = Math.floor(number / 2 ** 24)
      const names = kind === PARAM || kind === COOKIE ? this.#names.visitors : this.#names.application
      parts[kind]?.push({ name: names.name(number % 2 ** 24), raw, value })
    }
    const of = (kind: number): readonly Part[] => parts[kind] ?? []
    return { params: of(PARAM), inputs: of(INPUT), cookies: of(COOKIE), setCookies: of(SET_COOKIE) }
  }
}

function factsOf({ event, method, page, sentCoding, layer, ...details }: LookUpDetails) {
  const isPlain = page !== undefined && page.header('content-encoding') === undefined
  return {
    isRender: event.renderMs !== undefined && event.status !== 0,
    isOwn: event.purpose !== undefined,
    isHead: method === 'HEAD',
    isBot: isbot(String(details.source.headers['user-agent'] ?? '')),
    isRepeated: details.isRepeated,
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
