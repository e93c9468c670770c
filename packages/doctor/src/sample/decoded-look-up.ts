import { isServed, type Reason, type Result } from '@sitecache/http'
import type { Numbered } from '../examine/numbered.js'
import { type Chunk, DECIMAL, WHOLE } from './columns.js'
import { FLAGS } from './flags.js'
import type { KeyedPart, LookUp, PartVisitor } from './look-up.js'
import type { Names } from './names.js'
import { COOKIE, INPUT, PARAM, SET_COOKIE } from './parts.js'
import { wholeKey } from './whole-key.js'
import { reasonAt, resultAt } from './words.js'

/** Names that the numbers of a sample stand for. */
export interface SampleNames {
  readonly routes: Names
  readonly visitors: Names
  readonly application: Names
}

/**
 * One look-up of the sample. It is read from the columns each time: there is too much to keep it
 * all.
 */
export class DecodedLookUp implements LookUp {
  readonly route: string
  readonly key: number
  readonly #chunk: Chunk
  readonly #i: number
  readonly #names: SampleNames

  /** @param keys numbers of the keys of all look-ups */
  constructor(chunk: Chunk, i: number, names: SampleNames, keys: Numbered) {
    this.#chunk = chunk
    this.#i = i
    this.#names = names
    this.route = names.routes.name(this.#whole(0))
    this.key = keys.of(wholeKey(this, chunk.parts, chunk.partsBegin(i), chunk.partsEnd[i]))
  }

  get at(): number {
    return this.#chunk.at[this.#i] ?? 0
  }

  get result(): Result {
    return resultAt(this.#whole(1))
  }

  get isServed(): boolean {
    return isServed(this.result)
  }

  get path(): number {
    return this.#whole(5)
  }

  get site(): number {
    return this.#whole(6)
  }

  get layer(): number {
    return this.#whole(7)
  }

  get body(): number {
    return this.#whole(9)
  }

  get renderMs(): number {
    return this.#decimal(1)
  }

  get lifetime(): number {
    return this.#decimal(4)
  }

  get ttl(): number {
    return this.#decimal(5)
  }

  get reason(): Reason | undefined {
    return reasonAt(this.#whole(2))
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
    return this.#whole(4)
  }

  get visitor(): number {
    return this.#whole(8)
  }

  get differsFrom(): number {
    return this.#whole(10)
  }

  get differsTo(): number {
    return this.#whole(11)
  }

  get bytes(): number {
    return this.#whole(12)
  }

  get maxVariants(): number {
    return this.#whole(13)
  }

  get variants(): number {
    return this.#whole(14)
  }

  get difference(): number {
    return this.#decimal(0)
  }

  get lookupMs(): number {
    return this.#decimal(2)
  }

  get durationMs(): number {
    return this.#decimal(3)
  }

  get staleFor(): number {
    return this.#decimal(6)
  }

  get layerLifetime(): number {
    return this.#decimal(7)
  }

  get jitter(): number {
    return this.#decimal(8)
  }

  get cookies(): readonly KeyedPart[] {
    return this.#parts(COOKIE, this.#names.visitors)
  }

  get setCookies(): readonly KeyedPart[] {
    return this.#parts(SET_COOKIE, this.#names.application)
  }

  eachParam(visit: PartVisitor): void {
    this.#each(PARAM, this.#names.visitors, visit)
  }

  eachInput(visit: PartVisitor): void {
    this.#each(INPUT, this.#names.application, visit)
  }

  #is(bit: number): boolean {
    return (this.#whole(3) & bit) !== 0
  }

  #whole(column: number): number {
    return this.#chunk.whole[this.#i * WHOLE.length + column] ?? 0
  }

  #decimal(column: number): number {
    return this.#chunk.decimal[this.#i * DECIMAL.length + column] ?? Number.NaN
  }

  #each(kind: number, names: Names, visit: PartVisitor): void {
    const { parts } = this.#chunk
    const [from, to] = [this.#chunk.partsBegin(this.#i), this.#chunk.partsEnd[this.#i] ?? 0]
    for (let at = from; at + 2 < to; at += 3) {
      const number = parts[at] ?? 0
      if (number >>> 24 !== kind) continue
      const name = number & 0xffffff
      visit(names.name(name), parts[at + 2] ?? 0, name, parts[at + 1] ?? 0)
    }
  }

  #parts(kind: number, names: Names): readonly KeyedPart[] {
    const found: KeyedPart[] = []
    this.#each(kind, names, (name, value, _, raw) => void found.push({ name, raw, value }))
    return found
  }
}
