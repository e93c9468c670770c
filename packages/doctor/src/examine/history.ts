import type { LookUp } from '../sample/look-up.js'
import { Numbered } from './numbered.js'
import { forEach, type Steps } from './steps.js'

const [DROPPED, EXPIRED] = [1, 2]

/**
 * Fates of the pages of look-ups until these came, as the look-ups before tell them: in columns,
 * since as many objects would keep the garbage collector busy for longer than a step may take.
 */
export class Fates {
  readonly #columns: FateColumns
  /** Places of its look-ups in the columns; undefined: all. */
  readonly #places: readonly number[] | undefined

  constructor(columns: FateColumns, places?: readonly number[]) {
    this.#columns = columns
    this.#places = places
  }

  /** Returns the fates of some of its look-ups, in their order. */
  of(places: readonly number[]): Fates {
    return new Fates(this.#columns, places)
  }

  /** Returns when the page was last seen in the cache; undefined: never, in this sample. */
  seenAt(i: number): number | undefined {
    const at = this.#columns.seenAt[this.#at(i)] ?? Number.NaN
    return Number.isNaN(at) ? undefined : at
  }

  /** Whether the page was gone before its time: purged, or evicted. */
  isDropped(i: number): boolean {
    return this.#columns.kinds[this.#at(i)] === DROPPED
  }

  /** Whether the page had expired, and was asked for again. */
  isExpired(i: number): boolean {
    return this.#columns.kinds[this.#at(i)] === EXPIRED
  }

  /** Returns the body of the page that was there before, as a hash; 0: not known. */
  before(i: number): number {
    return this.#columns.before[this.#at(i)] ?? 0
  }

  #at(i: number): number {
    return this.#places === undefined ? i : (this.#places[i] ?? -1)
  }
}

class FateColumns {
  readonly seenAt: Float64Array
  readonly before: Uint32Array
  readonly kinds: Uint8Array

  constructor(length: number) {
    this.seenAt = new Float64Array(length).fill(Number.NaN)
    this.before = new Uint32Array(length)
    this.kinds = new Uint8Array(length)
  }
}

/** Pages that the look-ups so far have shown, by the number of their key. */
class KnownPages {
  readonly #keys = new Numbered()
  readonly #bodies: number[] = []
  readonly #expires: number[] = []
  readonly #seenAt: number[] = []

  /** Notes the fate of a look-up's page, and what the look-up shows of it. */
  see(lookUp: LookUp, i: number, fates: FateColumns): void {
    const { count } = this.#keys
    const number = this.#keys.of(lookUp.key)
    const isKnown = number < count && this.#seenAt[number] !== NEVER
    if (number === count) this.#put(number, 0, 0, NEVER)
    if (isKnown) this.#note(lookUp, number, i, fates)
    this.#show(lookUp, number, isKnown)
  }

  #note(lookUp: LookUp, number: number, i: number, fates: FateColumns): void {
    const isGone = !lookUp.isServed && lookUp.isRender && !lookUp.isOwn
    fates.seenAt[i] = this.#seenAt[number] ?? 0
    fates.before[i] = this.#bodies[number] ?? 0
    if (isGone) fates.kinds[i] = lookUp.at >= (this.#expires[number] ?? 0) ? EXPIRED : DROPPED
  }

  #show(lookUp: LookUp, number: number, isKnown: boolean): void {
    const { at, body, ttl, result, isRender, isServed } = lookUp
    const isStored = result === 'miss' && isRender
    if (isStored || (!isKnown && isServed)) this.#put(number, isStored ? body : 0, at + ttl * 1000, at)
    else if (isKnown && isServed) {
      this.#seenAt[number] = at
      // It was freshened, or stored by another process.
      if (ttl > 0) this.#expires[number] = Math.max(this.#expires[number] ?? 0, at + ttl * 1000)
    }
  }

  #put(number: number, body: number, expires: number, seenAt: number): void {
    this.#bodies[number] = body
    this.#expires[number] = expires
    this.#seenAt[number] = seenAt
  }
}

const NEVER = Number.NEGATIVE_INFINITY

/** Returns what became of the page of each look-up until it came. */
export function* historyOf(lookUps: readonly LookUp[]): Steps<Fates> {
  const fates = new FateColumns(lookUps.length)
  const pages = new KnownPages()
  yield* forEach(lookUps, (lookUp, i) => pages.see(lookUp, i, fates))
  return new Fates(fates)
}
