import { containerLength, decodeContainer, encodeContainer } from './container.js'

const MAGIC = 'scV2'
const noBody = new Uint8Array(0)

/** Data of a vary record. */
export interface VaryRecordInit {
  /** Names of the request headers that choose among the URL's pages, in lower case, sorted. */
  readonly names: readonly string[]
  /** Part of the keys of its pages: pages of another generation can't be found any more. */
  readonly generation: string
  /**
   * Purge fence of the URL, as it was before its first page was rendered: under another fence the
   * record is void. Without line breaks.
   */
  readonly fence: string
  /** Digests of its pages' keys, the oldest first. */
  readonly variants: readonly string[]
  /** Digests of pages that vary by Accept-Language alone, by `languageKey`. */
  readonly languages?: ReadonlyMap<string, string> | undefined
  /** Expiry of the page that lives longest, in milliseconds since the epoch; Infinity: never. */
  readonly expires: number
}

/** Which request headers choose among a URL's pages (RFC 9111 §4.1), and which pages. Immutable. */
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

  /** Bytes that `encode` returns. */
  get byteLength(): number {
    const { generation, fence, expires, names, languages, variants } = this
    let bytes = generation.length + fence.length + String(expires).length + names.join().length + 4
    if (languages !== undefined) bytes += [...languages].flat().join().length
    for (const variant of variants) bytes += variant.length + 1
    return containerLength(bytes, noBody)
  }

  /** Returns the record as chunks of bytes. */
  encode(): Uint8Array[] {
    return encodeContainer(MAGIC, this.#lines().join('\n'), noBody)
  }

  /** Returns its parts, for a store in this process. */
  parts(): { head: string; body: Uint8Array; restore: (head: string) => VaryRecord } {
    return { head: this.#lines().join('\n'), body: noBody, restore: parseRecord }
  }

  /** One line each: generations, digests and header names have neither line breaks nor commas. */
  #lines(): readonly string[] {
    const { generation, fence, expires, names, languages, variants } = this
    const known = [...(languages ?? [])].flat().join()
    return [generation, fence, String(expires), names.join(), known, ...variants]
  }

  /**
   * Decodes a record. Never throws.
   *
   * @returns undefined for any other, incomplete or changed bytes
   */
  static decode(bytes: Uint8Array): VaryRecord | undefined {
    const contents = decodeContainer(MAGIC, bytes)
    if (contents === undefined || contents.body.length > 0) return undefined
    const { head } = contents
    // Four lines, at the least.
    const [, , expires, names] = head.split('\n', 4)
    return names === undefined || Number.isNaN(Number(expires)) ? undefined : parseRecord(head)
  }
}

/** Parses a record, without a check of anything in it. */
function parseRecord(head: string): VaryRecord {
  // By index: a pattern with a rest goes through an iterator.
  const lines = head.split('\n')
  const names = lines[3] ?? ''
  return new VaryRecord({
    names: names === '' ? [] : names.split(','),
    generation: lines[0] ?? '',
    fence: lines[1] ?? '',
    variants: lines.slice(5),
    languages: pairs(lines[4]),
    expires: Number(lines[2]),
  })
}

function pairs(text = ''): ReadonlyMap<string, string> | undefined {
  if (text === '') return undefined
  const found = new Map<string, string>()
  const parts = text.split(',')
  for (let i = 0; i + 1 < parts.length; i += 2) found.set(parts[i] ?? '', parts[i + 1] ?? '')
  return found
}
