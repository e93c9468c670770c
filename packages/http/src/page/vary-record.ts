import { containerLength, decodeContainer, encodeContainer } from './container.js'

const MAGIC = 'scV2'
const noBody = new Uint8Array(0)

/** What is known of a URL's pages. */
export interface VaryRecordInit {
  /** Headers that choose among its pages, in lower case, sorted. */
  readonly names: readonly string[]
  /** Part of the keys of its pages: with another generation, those stored before can't be found. */
  readonly generation: string
  /** What the last purge of the URL left, when its first page was asked for: of another one, it is void. Without line breaks. */
  readonly fence: string
  /** Digests that name its pages, the oldest first. */
  readonly variants: readonly string[]
  /** Its pages by what `languageKey` says of them: each the digest of the page in just that language. */
  readonly languages?: ReadonlyMap<string, string> | undefined
  /** When the last of its pages expires, in milliseconds since the epoch; Infinity: never. */
  readonly expires: number
}

/** The vary record of a URL (RFC 9111 §4.1). Never changes. */
export class VaryRecord implements VaryRecordInit {
  readonly names: readonly string[]
  readonly generation: string
  readonly fence: string
  readonly variants: readonly string[]
  readonly languages: ReadonlyMap<string, string> | undefined
  readonly expires: number

  constructor(init: VaryRecordInit) {
    this.names = init.names
    this.generation = init.generation
    this.fence = init.fence
    this.variants = init.variants
    this.languages = init.languages
    this.expires = init.expires
  }

  get byteLength(): number {
    let headBytes = -1
    for (const line of this.#lines()) headBytes += line.length + 1
    return containerLength(headBytes, noBody)
  }

  encode(): Uint8Array[] {
    return encodeContainer(MAGIC, this.#lines().join('\n'), noBody)
  }

  /** Generations, digests and names of headers hold neither line breaks nor commas. */
  #lines(): readonly string[] {
    const { generation, fence, expires, names, languages, variants } = this
    const known = [...(languages ?? [])].flat().join()
    return [generation, fence, String(expires), names.join(), known, ...variants]
  }

  /** The record that bytes hold; undefined for anything that is not one, or not whole. */
  static decode(bytes: Uint8Array): VaryRecord | undefined {
    const contents = decodeContainer(MAGIC, bytes)
    if (contents === undefined || contents.body.length > 0) return undefined
    const [generation, fence = '', expires, names, languages, ...variants] = contents.head.split('\n')
    if (generation === undefined || names === undefined || Number.isNaN(Number(expires))) return undefined
    return new VaryRecord({
      names: names === '' ? [] : names.split(','),
      generation,
      fence,
      variants,
      languages: pairs(languages),
      expires: Number(expires),
    })
  }
}

function pairs(text = ''): ReadonlyMap<string, string> | undefined {
  if (text === '') return undefined
  const found = new Map<string, string>()
  const parts = text.split(',')
  for (let i = 0; i + 1 < parts.length; i += 2) found.set(parts[i] ?? '', parts[i + 1] ?? '')
  return found
}
