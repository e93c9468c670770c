import { randomUUID } from 'node:crypto'
import type { Cache } from '@sitecache/core'
import { type Buckets, digest, type HeaderMap, type VaryRecord, variantMaterial } from '@sitecache/http'

/** Part of every key: pages written in another format than this one are never looked at. */
const FORMAT = 1
const MEMO_ENTRIES = 2000
const MEMO_LENGTH = 1024
const VARIANT_MEMO_ENTRIES = 200

/** The keys of one layer's pages in one cache. What was worked out once is remembered within bounds. */
export class PageKeys {
  readonly cache: Cache
  readonly #prefix: string
  readonly #version: number | undefined
  #records = new Map<string, string>()
  readonly #variants = new WeakMap<VaryRecord, Map<string, string>>()

  constructor(cache: Cache, prefix: string, version: number | undefined) {
    this.cache = cache
    this.#prefix = prefix
    this.#version = version
  }

  /** Full key of the vary record of a URL. */
  record(material: string): string {
    const known = this.#records.get(material)
    if (known !== undefined) return known
    const key = this.#key('vary', digest(material))
    if (this.#records.size >= MEMO_ENTRIES) this.#records = new Map()
    if (material.length <= MEMO_LENGTH) this.#records.set(material, key)
    return key
  }

  /**
   * Full key of the page that answers a request.
   *
   * @param fixed what chooses the page beside the headers named in Vary
   */
  page(record: VaryRecord, fixed: string, headers: HeaderMap, buckets: Buckets | undefined): string {
    const material = fixed + variantMaterial(record.names, headers, buckets)
    const keys = this.#variants.get(record) ?? new Map<string, string>()
    const known = keys.get(material)
    if (known !== undefined) return known
    const key = this.#key('page', digest(`${record.generation}:${material}`))
    if (keys.size >= VARIANT_MEMO_ENTRIES) keys.clear()
    if (material.length <= MEMO_LENGTH) this.#variants.set(record, keys.set(material, key))
    return key
  }

  #key(kind: string, hash: string): string {
    return this.cache.makeKey(`${this.#prefix}:${kind}:${FORMAT}:${hash}`, this.#version)
  }
}

/** A generation that nobody can guess or meet twice: what was stored under another one is unreachable. */
export function newGeneration(): string {
  return randomUUID()
}
