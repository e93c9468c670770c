import { randomUUID } from 'node:crypto'
import type { Cache } from '@sitecache/core'
import { type Buckets, digest, type HeaderMap, type VaryRecord, variantMaterial } from '@sitecache/http'

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
    return this.#remembered.get(material) ?? this.#key('vary', material)
  }

  /** Full key of a page. @param material what `pageMaterial` made */
  page(material: string): string {
    return this.#remembered.get(material) ?? this.#key('page', material)
  }

  /** Spares the next request the digest of this material. */
  remember(material: string, key: string): void {
    if (material.length > MAX_LENGTH || this.#remembered.has(material)) return
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered = new Map()
    this.#remembered.set(material, key)
  }

  #key(kind: string, material: string): string {
    return this.cache.makeKey(`${this.#prefix}:${kind}:${FORMAT}:${digest(material)}`, this.#version)
  }
}

/**
 * What the key of the page that answers a request is made of.
 *
 * @param fixed what chooses the page beside the headers named in Vary
 */
export function pageMaterial(
  record: VaryRecord,
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
