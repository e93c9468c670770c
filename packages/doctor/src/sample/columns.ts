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

/** The numbers of one look-up, in the order of the names. */
export interface Cells {
  readonly at: number
  readonly whole: Uint32Array
  readonly decimal: Float32Array
  readonly parts: Uint32Array
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

class Chunk {
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

  cells(i: number): Cells {
    return {
      at: this.at[i] ?? 0,
      whole: this.whole.subarray(i * WHOLE.length, (i + 1) * WHOLE.length),
      decimal: this.decimal.subarray(i * DECIMAL.length, (i + 1) * DECIMAL.length),
      parts: this.parts.subarray(i === 0 ? 0 : this.partsEnd[i - 1], this.partsEnd[i]),
    }
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

  /** Returns what is made of each look-up, the oldest first. */
  map<T>(make: (cells: Cells) => T): T[] {
    const all: T[] = []
    for (const chunk of this.#chunks) for (let i = 0; i < chunk.length; i += 1) all.push(make(chunk.cells(i)))
    return all.slice(-this.limit)
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#chunks.reduce((sum, { parts }) => sum + CHUNK * ROW_BYTES + parts.length * PART_BYTES, 0)
  }
}
