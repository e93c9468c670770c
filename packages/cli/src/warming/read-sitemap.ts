import sax from 'sax'
import { SitemapError } from './sitemap-error.js'

/** A sitemap, or an index of sitemaps, after sitemaps.org. */
export interface Sitemap {
  readonly isIndex: boolean
  /** Texts of its `loc` elements: input from outside. */
  readonly locations: readonly string[]
}

/** sitemaps.org/protocol.html: no more than 50,000 URLs, or sitemaps, in a file. */
const MAX_LOCATIONS = 50_000
/**
 * The protocol allows fewer than 2,048 characters; of a longer text this much is kept, which shows
 * that it is longer.
 */
const MAX_LOCATION_LENGTH = 2_048
/** Bounds on open elements, which are in memory; the protocol's extensions stay far below. */
const MAX_DEPTH = 50
const MAX_ATTRIBUTES = 500

/**
 * Reads a sitemap as it arrives. Safe from XML's attacks: the parser defines no entities, fetches
 * nothing, and holds at most 64 KiB of a text.
 *
 * @param chunks UTF-8, as the protocol has it
 * @throws SitemapError for malformed XML and for no sitemap
 */
export async function readSitemap(chunks: AsyncIterable<Uint8Array>): Promise<Sitemap> {
  const reader = new LocationReader()
  const decoder = new TextDecoder()
  for await (const chunk of chunks) reader.write(decoder.decode(chunk, { stream: true }))
  return reader.end(decoder.decode())
}

class LocationReader {
  readonly #parser = sax.parser(true)
  readonly #path: string[] = []
  readonly #locations: string[] = []
  #attributes = 0
  /** Path of the wanted elements, once the root is known. */
  #wanted: readonly string[] = []
  #isIndex = false
  /** Text so far of the open element, if wanted. */
  #text: string | undefined

  constructor() {
    const parser = this.#parser
    parser.onerror = (error) => {
      throw malformed(error, parser.line)
    }
    parser.onattribute = () => {
      this.#attributes += 1
      if (this.#attributes > MAX_ATTRIBUTES) throw new SitemapError('has too many attributes in an element')
    }
    parser.onopentag = ({ name }) => this.#open(name)
    parser.onclosetag = () => this.#close()
    parser.ontext = (text) => this.#add(text)
    parser.oncdata = (text) => this.#add(text)
  }

  write(text: string): void {
    this.#parser.write(text)
  }

  end(text: string): Sitemap {
    this.#parser.write(text).close()
    if (this.#wanted.length === 0) throw new SitemapError('is empty')
    return { isIndex: this.#isIndex, locations: this.#locations }
  }

  #open(name: string): void {
    this.#attributes = 0
    if (this.#path.length === 0) this.#begin(name)
    this.#path.push(name)
    if (this.#path.length > MAX_DEPTH) throw new SitemapError('is nested too deeply')
    const counts = this.#path.length === 3 && this.#wanted.every((each, i) => each === this.#path[i])
    if (counts) this.#text = ''
  }

  #begin(root: string): void {
    // Uses the root's prefix: an image's `image:loc` is no page.
    const [, prefix = '', kind] = /^(.*:)?(urlset|sitemapindex)$/.exec(root) ?? []
    if (kind === undefined) throw new SitemapError(`is no sitemap: its root is <${plainAscii(root)}>`)
    this.#isIndex = kind === 'sitemapindex'
    this.#wanted = [root, `${prefix}${this.#isIndex ? 'sitemap' : 'url'}`, `${prefix}loc`]
  }

  #add(text: string): void {
    if (this.#text !== undefined && this.#text.length <= MAX_LOCATION_LENGTH) this.#text += text
  }

  #close(): void {
    if (this.#path.length === 3 && this.#text !== undefined) {
      if (this.#locations.length === MAX_LOCATIONS)
        throw new SitemapError(`has more than the ${MAX_LOCATIONS} entries that the protocol allows`)
      this.#locations.push(this.#text.trim())
      this.#text = undefined
    }
    this.#path.pop()
  }
}

/** Returns whether a location has the protocol's length. */
export function isWithinLength(location: string): boolean {
  return location.length < MAX_LOCATION_LENGTH
}

function malformed(error: Error, line: number): SitemapError {
  const [reason = ''] = error.message.split('\n', 1)
  return new SitemapError(`is no well-formed XML: ${plainAscii(reason)} (line ${line + 1})`, { cause: error })
}

/** Makes outside text safe for a terminal. */
function plainAscii(text: string): string {
  return text.replace(/[^ -~]/g, '?').slice(0, 100)
}
