import { hash } from 'node:crypto'

/** Look-ups of a route after which the older half of what was counted is forgotten. */
const HALF = 500
/** Parts that are counted of one route. */
const MAX_PARTS = 32

/** Part of a key, as one look-up has it. */
export interface CountedPart {
  readonly name: string
  readonly value: string
  /** The value as it was sent, where it is reduced. */
  readonly sent?: string | undefined
  /** The value as rules of the usual kind would reduce it. */
  readonly bucket?: string | undefined
}

/** Numbers of distinct values of one part. */
export interface PartCount {
  readonly name: string
  /** Look-ups that had it. */
  readonly lookUps: number
  readonly values: number
  readonly sent: number
  readonly buckets: number
}

/** Kinds of values of one part, as hashes. */
class ValuesOfPart {
  lookUps = 0
  readonly values = new Set<number>()
  readonly sent = new Set<number>()
  readonly buckets = new Set<number>()

  get size(): number {
    return this.values.size + this.sent.size + this.buckets.size
  }
}

type Half = Map<string, ValuesOfPart>

/**
 * Distinct values of each part of the keys, in the last 500 to 1000 look-ups of a route. Values are
 * kept as 32 bits of a hash alone.
 */
export class DistinctValues {
  #before: Half = new Map()
  #now: Half = new Map()
  #lookUpsBefore = 0
  #lookUpsNow = 0

  /** Look-ups that are counted. */
  get lookUps(): number {
    return this.#lookUpsBefore + this.#lookUpsNow
  }

  /** Values that it keeps. */
  get size(): number {
    let size = 0
    for (const half of [this.#before, this.#now]) for (const part of half.values()) size += part.size
    return size
  }

  add(parts: Iterable<CountedPart>): void {
    if (this.#lookUpsNow === HALF) {
      this.#before = this.#now
      this.#lookUpsBefore = HALF
      this.#now = new Map()
      this.#lookUpsNow = 0
    }
    this.#lookUpsNow += 1
    for (const part of parts) this.#addPart(part)
  }

  #addPart({ name, value, sent, bucket }: CountedPart): void {
    let known = this.#now.get(name)
    if (known === undefined) {
      if (this.#now.size >= MAX_PARTS) return
      known = new ValuesOfPart()
      this.#now.set(name, known)
    }
    known.lookUps += 1
    known.values.add(hashOf(value))
    if (sent !== undefined) known.sent.add(hashOf(sent))
    if (bucket !== undefined) known.buckets.add(hashOf(bucket))
  }

  /** Returns the counts of each part, the one with most values first. */
  counts(): readonly PartCount[] {
    const names = new Set([...this.#before.keys(), ...this.#now.keys()])
    const counts = [...names].map((name) => this.#countOf(name))
    return counts.sort((one, other) => other.values - one.values)
  }

  #countOf(name: string): PartCount {
    const halves = [this.#before.get(name), this.#now.get(name)].filter((it) => it !== undefined)
    const sizeOf = (kind: 'values' | 'sent' | 'buckets'): number =>
      new Set(halves.flatMap((half) => [...half[kind]])).size
    return {
      name,
      lookUps: halves.reduce((sum, { lookUps }) => sum + lookUps, 0),
      values: sizeOf('values'),
      sent: sizeOf('sent'),
      buckets: sizeOf('buckets'),
    }
  }
}

function hashOf(text: string): number {
  return hash('sha1', text, 'buffer').readUInt32LE(0)
}
