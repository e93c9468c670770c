import { randomUUID } from 'node:crypto'
import type { Cache } from '@sitecache/core'
import { after, type MaybePromise } from '@sitecache/core/internal'
import {
  digest,
  type InputMatching,
  type InputSource,
  pageKeyText,
  targetKeyText,
  VaryRecord,
} from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import type { BodyKey } from '../state/request-body.js'
import { DecodeMemo } from './decode-memo.js'
import { decodePage } from './decode-page.js'
import { PageLocks } from './page-locks.js'
import { Renders } from './renders.js'

/** Part of every key: pages written in another format than this one are never looked at. */
const FORMAT = 4
const MAX_REMEMBERED = 5000
const CLOCK_RETRY_MS = 1000
/** Characters: longer material is not worth its memory. */
const MAX_LENGTH = 500

/** The keys of what is known of a URL. */
export interface UrlKeys {
  /** Full key of its vary record. */
  readonly recordKey: string
  /** Full key of what its last purge left. */
  readonly fenceKey: string
}

interface KnownUrl extends UrlKeys {
  readonly scheme: string
  readonly host: string
  /** As it was last read. */
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
  /** The store lives in this process, and answers at once. */
  readonly local: boolean
  /** The renders of these pages under way. */
  readonly renders = new Renders()
  /** Those of all processes that share the store. */
  readonly locks: PageLocks
  /** Entries of a store elsewhere, decoded. */
  readonly pages = new DecodeMemo(decodePage)
  readonly records = new DecodeMemo(VaryRecord.decode)
  #clockAgainAt = 0
  readonly #prefix: string
  readonly #version: number | undefined
  /**
   * By URL: most sites have one host, and a look-up by a string that is there costs less than
   * making one.
   */
  readonly #urls = new Map<string, KnownUrl>()
  /** By key: a URL may be asked by any number of contents. */
  readonly #contents = new Map<string, VaryRecord>()
  /** By generation, for URLs without Vary; by material for the others. */
  readonly #pageKeys = new Map<string, KnownPage>()

  constructor(cache: Cache, prefix: string, version: number | undefined) {
    this.cache = cache
    this.local = cache.store.sync !== undefined
    this.#prefix = prefix
    this.#version = version
    this.locks = new PageLocks(cache, version, (kind, name) => this.#name(kind, digest(name)))
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
    const hash = digest(targetKeyText({ method: 'GET', scheme, host, url }))
    return {
      recordKey: this.#full(this.#name('vary', hash)),
      fenceKey: this.#full(this.#name('fence', hash)),
    }
  }

  /** The vary record of a URL as this process read it last: by now the store may hold another. */
  seenRecord({ scheme, host }: Origin, url: string): VaryRecord | undefined {
    return this.#known(scheme, host, url)?.record
  }

  /** Spares the next request the digest, and a round trip: something is stored of this URL. */
  rememberRecord({ scheme, host }: Origin, url: string, keys: UrlKeys, record: VaryRecord): void {
    const known = this.#urls.get(url)
    const { recordKey, fenceKey } = keys
    if (known?.recordKey === recordKey) known.record = record
    else remember(this.#urls, url, { scheme, host, recordKey, fenceKey, record })
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
    remember(this.#contents, recordKey, record)
  }

  #known(scheme: string, host: string, url: string): KnownUrl | undefined {
    const known = this.#urls.get(url)
    return known !== undefined && known.scheme === scheme && known.host === host ? known : undefined
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
    remember(this.#pageKeys, text, { extraKey, key })
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
    return this.cache.makeKey(name, this.#version)
  }

  #name(kind: string, hash: string): string {
    return `${this.#prefix}:${kind}:${FORMAT}:${hash}`
  }
}

function remember<T>(known: Map<string, T>, name: string, value: T): void {
  if (name.length > MAX_LENGTH) return
  if (known.size >= MAX_REMEMBERED) known.clear()
  known.set(name, value)
}

const processName = randomUUID()
let generations = 0

/**
 * A name that no generation of any process had before: what was stored under another one can't be
 * found any more.
 */
export function newGeneration(): string {
  generations += 1
  return `${processName}.${generations}`
}
