import { containerLength, decodeContainer, encodeContainer } from './container.js'

const MAGIC = 'scV1'
const noBody = new Uint8Array(0)

/** What is known of a URL's pages. */
export interface VaryRecordInit {
  /** Headers that choose among its pages, in lower case, sorted. */
  readonly names: readonly string[]
  /** Part of the keys of its pages: with another generation, those stored before can't be found. */
  readonly generation: string
  /** Left by a purge: nothing is stored, and what was rendered before it must not be. */
  readonly purged: boolean
  /** Keys of its pages, the oldest first. */
  readonly variants: readonly string[]
  /** When the last of its pages expires, in milliseconds since the epoch; Infinity: never. */
  readonly expires: number
}

/** The vary record of a URL (RFC 9111 §4.1). Never changes. */
export class VaryRecord implements VaryRecordInit {
  readonly names: readonly string[]
  readonly generation: string
  readonly purged: boolean
  readonly variants: readonly string[]
  readonly expires: number

  constructor(init: VaryRecordInit) {
    this.names = init.names
    this.generation = init.generation
    this.purged = init.purged
    this.variants = init.variants
    this.expires = init.expires
  }

  withVariants(variants: readonly string[]): VaryRecord {
    return new VaryRecord({ ...this, variants })
  }

  get byteLength(): number {
    return containerLength(Buffer.byteLength(this.#head()), noBody)
  }

  encode(): Uint8Array[] {
    return encodeContainer(MAGIC, this.#head(), 'utf8', noBody)
  }

  #head(): string {
    const expires = Number.isFinite(this.expires) ? this.expires : null
    return JSON.stringify([this.names, this.generation, this.purged, this.variants, expires])
  }

  /** The record that bytes hold; undefined for anything that is not one, or not whole. */
  static decode(bytes: Uint8Array): VaryRecord | undefined {
    const contents = decodeContainer(MAGIC, bytes, 'utf8')
    const head = contents === undefined || contents.body.length > 0 ? undefined : parseJson(contents.head)
    if (!Array.isArray(head)) return undefined
    const [names, generation, purged, variants, expires] = head as unknown[]
    if (
      !isTexts(names) ||
      typeof generation !== 'string' ||
      typeof purged !== 'boolean' ||
      !isTexts(variants)
    )
      return undefined
    if (expires !== null && typeof expires !== 'number') return undefined
    return new VaryRecord({
      names,
      generation,
      purged,
      variants,
      expires: expires ?? Number.POSITIVE_INFINITY,
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
