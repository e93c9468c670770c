import { randomUUID } from 'node:crypto'
import type { Cache } from '@sitecache/core'
import {
  type Buckets,
  digest,
  type HeaderMap,
  type QueryOption,
  selectQuery,
  targetMaterial,
  type VaryRecord,
  variantMaterial,
} from '@sitecache/http'
import type { Origin } from '../framework/request-target.js'
import type { KeyPart } from '../options/page-options.js'

/** Part of every key: pages written in another format than this one are never looked at. */
const FORMAT = 1
const MAX_REMEMBERED = 5000
/** Characters: longer material is not worth its memory. */
const MAX_LENGTH = 500

/**
 * The keys of one layer's pages in one cache. What was worked out is remembered, within bounds, for the pages that are asked
 * for again: `remember` is called on a hit, so that a flood of new URLs leaves nothing behind.
 */
export class PageKeys {
  readonly cache: Cache
  readonly #prefix: string
  readonly #version: number | undefined
  #remembered = new Map<string, string>()

  constructor(cache: Cache, prefix: string, version: number | undefined) {
    this.cache = cache
    this.#prefix = prefix
    this.#version = version
  }

  /** Full key of the vary record of a URL. */
  record(material: string): string {
    return this.#remembered.get(material) ?? this.full(this.#name('vary', digest(material)))
  }

  /** Full key of a page. @param material what `pageMaterial` made */
  page(material: string): string {
    return this.#remembered.get(material) ?? this.pageOf(digest(material))
  }

  /** Full key of the page of this digest. */
  pageOf(hash: string): string {
    return this.full(this.pageName(hash))
  }

  /** The key of a page as the cache's own methods take it, which put its prefix and version in front. */
  pageName(hash: string): string {
    return this.#name('page', hash)
  }

  /** Spares the next request the digest of this material. */
  remember(material: string, key: string): void {
    if (material.length > MAX_LENGTH || this.#remembered.has(material)) return
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered = new Map()
    this.#remembered.set(material, key)
  }

  full(name: string): string {
    return this.cache.makeKey(name, this.#version)
  }

  #name(kind: string, hash: string): string {
    return `${this.#prefix}:${kind}:${FORMAT}:${hash}`
  }
}

/**
 * What the key of the page that answers a request is made of.
 *
 * @param fixed what chooses the page beside the headers named in Vary
 */
export function pageMaterial(
  record: Pick<VaryRecord, 'generation' | 'names'>,
  fixed: string,
  headers: HeaderMap,
  buckets: Buckets | undefined,
): string {
  return `${record.generation}:${fixed}${variantMaterial(record.names, headers, buckets)}`
}

const processName = randomUUID()
let generations = 0

/** A name that no generation of any process had before: what was stored under another one can't be found any more. */
export function newGeneration(): string {
  generations += 1
  return `${processName}.${generations}`
}

/** What the key of a URL's vary record is made of. */
export function urlMaterial({ scheme, host }: Origin, url: string, query: QueryOption): string {
  return targetMaterial({ method: 'GET', scheme, host, url: selectQuery(url, query) })
}

/** Self-delimiting, so that nothing that follows it can be mistaken for a part of it. */
export function fixedParts(kind: string, own: readonly KeyPart[], parts?: readonly KeyPart[]): string {
  const text = JSON.stringify([kind, own.map(partOf), parts?.map(partOf) ?? null])
  return `${text.length}:${text}`
}

function partOf(part: KeyPart): string | number | boolean | null {
  return part ?? null
}
