import { isServed, type Reason, type Result } from '@sitecache/http'
import type { Cells } from './columns.js'
import { FLAGS } from './flags.js'
import type { KeyedPart, LookUp } from './look-up.js'
import type { Names } from './names.js'
import { COOKIE, INPUT, PARAM, SET_COOKIE } from './parts.js'
import { reasonAt, resultAt } from './words.js'

/** Names that the numbers of a sample stand for. */
export interface SampleNames {
  readonly routes: Names
  readonly visitors: Names
  readonly application: Names
}

/**
 * One look-up of the sample. Its parts are read from the numbers each time: there are too many to
 * keep them all.
 */
export class DecodedLookUp implements LookUp {
  readonly at: number
  readonly route: string
  readonly result: Result
  readonly reason: Reason | undefined
  readonly isServed: boolean
  readonly path: number
  readonly site: number
  readonly layer: number
  readonly visitor: number
  readonly body: number
  readonly lifetime: number
  readonly ttl: number
  readonly renderMs: number
  readonly #cells: Cells
  readonly #names: SampleNames
  readonly #flags: number

  constructor(cells: Cells, names: SampleNames) {
    const { at, whole, decimal } = cells
    this.at = at
    this.route = names.routes.name(whole[0] ?? 0)
    this.result = resultAt(whole[1] ?? 0)
    this.reason = reasonAt(whole[2] ?? 0)
    this.isServed = isServed(this.result)
    this.path = whole[5] ?? 0
    this.site = whole[6] ?? 0
    this.layer = whole[7] ?? 0
    this.visitor = whole[8] ?? 0
    this.body = whole[9] ?? 0
    this.renderMs = decimal[1] ?? Number.NaN
    this.lifetime = decimal[4] ?? Number.NaN
    this.ttl = decimal[5] ?? Number.NaN
    this.#cells = cells
    this.#names = names
    this.#flags = whole[3] ?? 0
  }

  get isRender(): boolean {
    return this.#is(FLAGS.isRender)
  }

  get isOwn(): boolean {
    return this.#is(FLAGS.isOwn)
  }

  get isHead(): boolean {
    return this.#is(FLAGS.isHead)
  }

  get isBot(): boolean {
    return this.#is(FLAGS.isBot)
  }

  get isRepeated(): boolean {
    return this.#is(FLAGS.isRepeated)
  }

  get isEncodedOutside(): boolean {
    return this.#is(FLAGS.isEncodedOutside)
  }

  get isSorted(): boolean {
    return this.#is(FLAGS.isSorted)
  }

  get hasLock(): boolean {
    return this.#is(FLAGS.hasLock)
  }

  get status(): number {
    return this.#cells.whole[4] ?? 0
  }

  get differsFrom(): number {
    return this.#cells.whole[10] ?? 0
  }

  get differsTo(): number {
    return this.#cells.whole[11] ?? 0
  }

  get bytes(): number {
    return this.#cells.whole[12] ?? 0
  }

  get maxVariants(): number {
    return this.#cells.whole[13] ?? 0
  }

  get variants(): number {
    return this.#cells.whole[14] ?? 0
  }

  get difference(): number {
    return this.#cells.decimal[0] ?? Number.NaN
  }

  get lookupMs(): number {
    return this.#cells.decimal[2] ?? Number.NaN
  }

  get durationMs(): number {
    return this.#cells.decimal[3] ?? Number.NaN
  }

  get staleFor(): number {
    return this.#cells.decimal[6] ?? 0
  }

  get layerLifetime(): number {
    return this.#cells.decimal[7] ?? 0
  }

  get jitter(): number {
    return this.#cells.decimal[8] ?? 0
  }

  get params(): readonly KeyedPart[] {
    return this.#parts(PARAM, this.#names.visitors)
  }

  get inputs(): readonly KeyedPart[] {
    return this.#parts(INPUT, this.#names.application)
  }

  get cookies(): readonly KeyedPart[] {
    return this.#parts(COOKIE, this.#names.visitors)
  }

  get setCookies(): readonly KeyedPart[] {
    return this.#parts(SET_COOKIE, this.#names.application)
  }

  #is(bit: number): boolean {
    return (this.#flags & bit) !== 0
  }

  #parts(kind: number, names: Names): readonly KeyedPart[] {
    const { parts } = this.#cells
    const found: KeyedPart[] = []
    for (let i = 0; i + 2 < parts.length; i += 3) {
      const number = parts[i] ?? 0
      if (number >>> 24 !== kind) continue
      found.push({ name: names.name(number & 0xffffff), raw: parts[i + 1] ?? 0, value: parts[i + 2] ?? 0 })
    }
    return found
  }
}
