import type { Steps } from '../examine/steps.js'

/** Whole numbers of 32 bits of one look-up. */
export const WHOLE = [
  'route',
  'result',
  'reason',
  'flags',
  'status',
  'path',
  'site',
  'layer',
  'visitor',
  'body',
  'differsFrom',
  'differsTo',
  'bytes',
  'maxVariants',
  'variants',
] as const

/** Numbers of one look-up that may be no whole ones. */
export const DECIMAL = [
  'difference',
  'renderMs',
  'lookupMs',
  'durationMs',
  'lifetime',
  'ttl',
  'staleFor',
  'layerLifetime',
  'jitter',
] as const

/** Numbers of one look-up, in the order of the names. */
export interface SampleRow {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly whole: readonly number[]
  readonly decimal: readonly number[]
  /** Kind and name, hash as sent, hash as the key has it: three numbers for each part. */
  readonly parts: readonly number[]
}

/** Look-ups of one chunk, which is dropped as a whole. */
const CHUNK = 2048
/** Numbers of parts for each look-up, on average, beyond which fewer look-ups are kept. */
const PARTS_EACH = 36
const PART_BYTES = 4
const ROW_BYTES = 8 + 4 * (WHOLE.length + DECIMAL.length + 1)

/** Numbers of the parts of one look-up at most: four kinds, 24 of each. */
const MAX_PARTS = 4 * 24 * 3

/** Returns the bytes that a sample of so many look-ups takes at most. */
export function sampleBytes(lookUps: number): number {
  const lastChunk = CHUNK * (ROW_BYTES + 2 * MAX_PARTS * PART_BYTES)
  return lookUps * (ROW_BYTES + PARTS_EACH * PART_BYTES) + lastChunk
}

/** Look-ups that came one after the other. What was added never changes. */
export class Chunk {
  length = 0
  readonly at = new Float64Array(CHUNK)
  readonly whole = new Uint32Array(CHUNK * WHOLE.length)
  readonly decimal = new Float32Array(CHUNK * DECIMAL.length)
  readonly partsEnd = new Uint32Array(CHUNK)
  parts = new Uint32Array(CHUNK)
  partsLength = 0

  add(row: SampleRow): void {
    const i = this.length
    this.at[i] = row.at
    this.whole.set(row.whole, i * WHOLE.length)
    this.decimal.set(row.decimal, i * DECIMAL.length)
    this.#addParts(row.parts)
    this.partsEnd[i] = this.partsLength
    this.length += 1
  }

  #addParts(parts: readonly number[]): void {
    const length = this.partsLength + parts.length
    if (length > this.parts.length) {
      const wider = new Uint32Array(Math.max(length, this.parts.length * 2))
      wider.set(this.parts)
      this.parts = wider
    }
    this.parts.set(parts, this.partsLength)
    this.partsLength = length
  }

  /** Returns where the parts of a look-up begin. */
  partsBegin(i: number): number {
    return i === 0 ? 0 : (this.partsEnd[i - 1] ?? 0)
  }
}

/** The last look-ups, as numbers in columns, within a bound of memory. */
export class Columns {
  /** Look-ups that are kept at most; some chunk more. */
  limit: number
  #chunks: Chunk[] = []

  constructor(limit: number) {
    this.limit = limit
  }

  add(row: SampleRow): void {
    let last = this.#chunks.at(-1)
    if (last === undefined || last.length === CHUNK) {
      last = new Chunk()
      this.#chunks.push(last)
      this.#dropOldest()
    }
    last.add(row)
  }

  /** A chunk is dropped where the others hold enough, or as many parts as there is room for. */
  #dropOldest(): void {
    while (this.#chunks.length > 1 && this.#isTooMuch()) this.#chunks.shift()
  }

  #isTooMuch(): boolean {
    const [, ...rest] = this.#chunks
    const kept = rest.reduce((sum, { length }) => sum + length, 0)
    const parts = this.#chunks.reduce((sum, { parts }) => sum + parts.length, 0)
    return kept >= this.limit || parts > this.limit * PARTS_EACH
  }

  /** Returns what is made of each look-up that has come until now, the oldest first. */
  *map<T>(make: (chunk: Chunk, i: number) => T): Steps<T[]> {
    const chunks = this.#chunks.map((chunk) => ({ chunk, length: chunk.length }))
    let over = chunks.reduce((sum, { length }) => sum + length, 0) - this.limit
    const all: T[] = []
    for (const { chunk, length } of chunks) {
      const from = Math.min(length, Math.max(0, over))
      over -= length
      for (let i = from; i < length; i += 1) {
        all.push(make(chunk, i))
        if (i % 512 === 0) yield
      }
    }
    return all
  }

  /** Look-ups that it holds, beyond the limit, too. */
  get length(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#chunks.reduce((sum, { parts }) => sum + CHUNK * ROW_BYTES + parts.length * PART_BYTES, 0)
  }
}
