import type { Cache } from '@sitecache/core'
import { after, type MaybePromise } from '@sitecache/core/internal'
import {
  digest,
  type InputMatching,
  type InputSource,
  type Page,
  pageKeyText,
  purgeKeyText,
  targetKeyText,
  VaryRecord,
} from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import type { BodyKey } from '../state/request-body.js'
import { DecodeMemo } from './decode-memo.js'
import { decodePage } from './decode-page.js'
import { KnownUrls } from './known-urls.js'
import type { Layout } from './layouts.js'
import { PageLocks } from './page-locks.js'
import { Remembered } from './remembered.js'
import { Renders } from './renders.js'

/** Part of every key: pages written in another format than this one are never looked at. */
const FORMAT = 4
const MAX_REMEMBERED = 5000
const CLOCK_RETRY_MS = 1000
/** Characters: longer material is not worth its memory. */
const MAX_LENGTH = 500

/** Full keys of what is known of a URL. */
export interface FullKeys {
  /** Full key of its vary record. */
  readonly recordKey: string
  /** Full key of its fence, which all layers of the cache share. */
  readonly fenceKey: string
  /** Full key of the fence of its path on every host. */
  readonly pathFenceKey: string
}

/** The keys of a URL, with what is remembered of it. */
export interface UrlKeys extends FullKeys {
  /** The vary record as this process read it last; undefined: it is not remembered. */
  readonly record: VaryRecord | undefined
}

interface KnownUrl extends UrlKeys {
  readonly scheme: string
  readonly host: string
  readonly url: string
  record: VaryRecord
}

interface KnownPage {
  readonly extraKey: string
  readonly key: string
}

/**
 * The keys of one layer's pages in one cache. What was worked out for a URL of which something is
 * stored is remembered, within bounds, so that a hit needs no digest, and a flood of new URLs
 * leaves nothing behind.
 */
export class PageKeys {
  readonly cache: Cache
  readonly layout: Layout
  /** The store lives in this process, and answers at once. */
  readonly local: boolean
  /** The renders of these pages under way. */
  readonly renders = new Renders()
  /** Those of all processes that share the store. */
  readonly locks: PageLocks
  /** Entries of a store elsewhere, decoded: one memory for all layers on a cache. */
  readonly pages: DecodeMemo<Page>
  readonly records: DecodeMemo<VaryRecord>
  #clockAgainAt = 0
  readonly #urls = new KnownUrls<KnownUrl>(MAX_REMEMBERED)
  /** By key: a URL may be asked by any number of contents. */
  readonly #contents = new Remembered<VaryRecord>()
  /** By generation, for URLs without Vary; by material for the others. */
  readonly #pageKeys = new Remembered<KnownPage>()

  constructor(cache: Cache, layout: Layout) {
    this.cache = cache
    this.layout = layout
    const { pages, records } = decodedOf(cache)
    this.pages = pages
    this.records = records
    this.local = cache.store.sync !== undefined
    this.locks = new PageLocks(cache, layout.version, (kind, name) => this.#name(kind, digest(name)))
  }

  /** Whether the store copies the body of a page before it answers. */
  get copiesBodies(): boolean {
    return this.cache.store.sync?.copiesBodies === true
  }

  /**
   * Begins the clock of the tags, where there is none; 0: the store would not, and is not asked
   * again for a second, so that one that takes no writes holds up no request.
   */
  beginClock(now: number): MaybePromise<number> {
    if (now < this.#clockAgainAt) return 0
    return after(this.cache.tags.now(), (epoch) => {
      if (epoch === 0) this.#clockAgainAt = now + CLOCK_RETRY_MS
      return epoch
    })
  }

  /** The keys of a URL. */
  url({ scheme, host }: Origin, url: string): UrlKeys {
    const known = this.#known(scheme, host, url)
    if (known !== undefined) return known
    const name = urlName(this.cache, targetKeyText({ method: 'GET', scheme, host, url }))
    return {
      recordKey: this.#full(this.#name('vary', name)),
      fenceKey: fenceKeyOf(this.cache, host, url),
      pathFenceKey: fenceKeyOf(this.cache, undefined, url),
      record: undefined,
    }
  }

  /** The vary record of a URL as this process read it last: by now the store may hold another. */
  seenRecord({ scheme, host }: Origin, url: string): VaryRecord | undefined {
    return this.#known(scheme, host, url)?.record
  }

  /** Spares the next request the digest, and a round trip: something is stored of this URL. */
  rememberRecord({ scheme, host }: Origin, url: string, keys: FullKeys, record: VaryRecord): void {
    const known = this.#urls.get(scheme, host, url)
    const { recordKey, fenceKey, pathFenceKey } = keys
    if (known?.recordKey === recordKey) known.record = record
    else if (url.length <= MAX_LENGTH)
      this.#urls.set({ scheme, host, url, recordKey, fenceKey, pathFenceKey, record })
  }

  /** Full key of the vary record of one content, by which a URL is asked (RFC 10008 §2.7). */
  contentRecordKey({ scheme, host }: Origin, url: string, { method, material }: BodyKey): string {
    return this.#full(this.#name('vary', digest(targetKeyText({ method, scheme, host, url }) + material)))
  }

  /** The vary record of a content as this process read it last. */
  seenContentRecord(recordKey: string): VaryRecord | undefined {
    return this.#contents.get(recordKey)
  }

  /** Spares the next request a round trip. */
  rememberContentRecord(recordKey: string, record: VaryRecord): void {
    this.#contents.set(recordKey, record)
  }

  #known(scheme: string, host: string, url: string): KnownUrl | undefined {
    return this.#urls.get(scheme, host, url)
  }

  /**
   * Full key of the page that answers a request; undefined: the record names an input of an unknown
   * kind.
   */
  page(
    record: VaryRecord,
    extraKey: string,
    source: InputSource,
    matching: InputMatching,
  ): string | undefined {
    const isPlain = record.names.length === 0
    const text = isPlain ? record.generation : pageKeyText(record, extraKey, source, matching)
    if (text === undefined) return undefined
    const known = this.#pageKeys.get(text)
    if (known?.extraKey === extraKey) return known.key
    const material = isPlain ? pageKeyText(record, extraKey, source, matching) : text
    if (material === undefined) return undefined
    const key = this.pageOf(digest(material))
    this.#pageKeys.set(text, { extraKey, key })
    return key
  }

  /** Full key of the page of this digest. */
  pageOf(hash: string): string {
    return this.#full(this.pageName(hash))
  }

  /**
   * The key of a page as the cache's own methods take it, which put its prefix and version in
   * front.
   */
  pageName(hash: string): string {
    return this.#name('page', hash)
  }

  #full(name: string): string {
    return this.cache.makeKey(name, this.layout.version)
  }

  #name(kind: string, hash: string): string {
    return `${this.layout.keyPrefix}:${kind}:${FORMAT}:${hash}`
  }
}

/** Decoded entries of one cache. */
interface Decoded {
  readonly pages: DecodeMemo<Page>
  readonly records: DecodeMemo<VaryRecord>
}

const decoded = new WeakMap<Cache, Decoded>()

function decodedOf(cache: Cache): Decoded {
  const known = decoded.get(cache)
  if (known !== undefined) return known
  const made = { pages: new DecodeMemo(decodePage), records: new DecodeMemo(VaryRecord.decode) }
  decoded.set(cache, made)
  return made
}

/**
 * Returns the full key of a URL's fence, the same for all layers of a cache.
 *
 * @param host undefined: the URL on every host
 * @param url target of a request
 */
export function fenceKeyOf(cache: Cache, host: string | undefined, url: string): string {
  return `${cache.keyPrefix}::fence:${FORMAT}:${urlName(cache, purgeKeyText(host, url))}`
}

/** Characters: a longer text takes more memory than its digest saves time. */
const MAX_PLAIN = 200

/**
 * Returns the name of a URL in a key: its text in a store of this process, which takes any key. No
 * digest has a colon in it, as each text has.
 */
function urlName({ store }: Cache, text: string): string {
  return store.sync !== undefined && text.length <= MAX_PLAIN ? text : digest(text)
}
