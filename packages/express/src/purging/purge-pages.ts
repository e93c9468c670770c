import { types } from 'node:util'
import type { Cache, Entry } from '@sitecache/core'
import { after, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { normalizeHost, purgeKeyText, selectQuery, VaryRecord } from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import {
  Fence,
  fenceExpiry,
  fenceIn,
  fencesOf,
  fenceVerdict,
  PATH_KEPT_MS,
  purgeFence,
} from '../pages/fence.js'
import { knownHosts } from '../pages/known-hosts.js'
import { distinct, type Layout, layoutsOf } from '../pages/layouts.js'
import { fenceKeyOf, PageKeys } from '../pages/page-keys.js'
import { noteReplaced } from '../pages/replaced-fences.js'

/** A URL whose pages are to go. */
export interface PurgedUrl {
  /** Undefined: the path on every host. */
  readonly host: string | undefined
  /** Target of a request: path and query. */
  readonly path: string
  /** The same as a browser writes it, where that is another text. */
  readonly written?: string
}

/** Result of a purge of a URL. */
export interface Purged {
  /** Whether the store took all of it. */
  readonly isDone: boolean
  /** Schemes under which pages were found. */
  readonly schemes: ReadonlySet<string>
  /** Fences of the URL that it left. */
  readonly fence: string
}

/** Keys of one vary record that a purge looks for. */
interface Candidate {
  readonly keys: PageKeys
  readonly scheme: string
  readonly recordKey: string
  readonly fenceKey: string
  readonly pathFenceKey: string
}

const schemes = ['http', 'https'] as const

/**
 * Drops the pages of a URL from all layers of a cache, or marks them as stale (soft), and fences
 * those that are being rendered. Never rejects.
 *
 * @param given layout that the caller knows of, beside those that this process and the store know
 */
export function purgePages(
  cache: Cache,
  url: PurgedUrl,
  soft: boolean,
  given: readonly Layout[] = [],
): MaybePromise<Purged> {
  return after(layoutsOf(cache), (known) => {
    const layouts = distinct([...given, ...known.layouts])
    const candidates = candidatesOf(cache, url, layouts)
    const keys = fenceKeysOf(cache, url, layouts, candidates)
    return after(cache.entries.askMany(keysToRead(candidates, keys)), (answered) => {
      const entries = answered ?? new Map<string, Entry>()
      const found = candidates.flatMap((it) => foundAt(it, entries))
      const expires = Math.max(0, ...found.map(({ record }) => record.expires))
      const fences = new FenceWriter(cache, entries, soft)
      for (const key of keys.hosts) fences.write(key, fenceExpiry(expires, Date.now()))
      for (const key of keys.paths) fences.write(key, fenceExpiry(expires, Date.now() + PATH_KEPT_MS))
      return after(fences.done(), (isWritten): Purged => {
        if (!soft) found.forEach(tidy)
        return {
          isDone: isWritten && known.isWhole && answered !== undefined,
          schemes: new Set(found.map(({ scheme }) => scheme)),
          fence: fences.of(url),
        }
      })
    })
  })
}

/** Keys of the fences that a purge writes. */
interface FenceKeys {
  readonly hosts: readonly string[]
  /** Only of a purge by path. */
  readonly paths: readonly string[]
}

function fenceKeysOf(
  cache: Cache,
  url: PurgedUrl,
  layouts: readonly Layout[],
  candidates: readonly Candidate[],
): FenceKeys {
  const paths = url.host === undefined ? pathsOf(url, layouts) : []
  return {
    hosts: [...new Set(candidates.map(({ fenceKey }) => fenceKey))],
    paths: [...new Set(paths.map((path) => fenceKeyOf(cache, undefined, path)))],
  }
}

function keysToRead(candidates: readonly Candidate[], { hosts, paths }: FenceKeys): readonly string[] {
  const ofRecords = candidates.flatMap(({ recordKey, pathFenceKey }) => [recordKey, pathFenceKey])
  return [...new Set([...hosts, ...paths, ...ofRecords])]
}

/** The spellings of a path under which layers keep pages. */
function pathsOf({ path, written }: PurgedUrl, layouts: readonly Layout[]): readonly string[] {
  const spellings = written === undefined || written === path ? [path] : [path, written]
  return [...new Set(layouts.flatMap(({ query }) => spellings.map((it) => selectQuery(it, query))))]
}

function candidatesOf(cache: Cache, url: PurgedUrl, layouts: readonly Layout[]): readonly Candidate[] {
  const origins = originsOf(cache, url.host)
  return layouts.flatMap((layout) => {
    const keys = new PageKeys(cache, layout)
    return pathsOf(url, [layout]).flatMap((path) =>
      origins.map((origin) => ({ keys, scheme: origin.scheme, ...keys.url(origin, path) })),
    )
  })
}

function originsOf(cache: Cache, host: string | undefined): readonly Origin[] {
  const known = knownHosts(cache)
  if (host === undefined) return known
  const name = purgeKeyText(host, '/')
  const plain = schemes.map((scheme) => ({ scheme, host: normalizeHost(host, scheme) }))
  // Other spellings of the host have pages of their own, under the same fence.
  const isOther = (one: Origin): boolean => one.host !== normalizeHost(one.host, one.scheme)
  return [...plain, ...known.filter((one) => isOther(one) && purgeKeyText(one.host, '/') === name)]
}

interface FoundRecord extends Candidate {
  readonly record: VaryRecord
}

/** The record at a key, if it counts until now. */
function foundAt(it: Candidate, entries: ReadonlyMap<string, Entry>): readonly FoundRecord[] {
  const value = entries.get(it.recordKey)?.value
  const record = types.isUint8Array(value) ? VaryRecord.decode(value) : value
  if (!(record instanceof VaryRecord)) return []
  const fence = fencesOf(fenceIn(entries.get(it.fenceKey)), fenceIn(entries.get(it.pathFenceKey)))
  return fenceVerdict(record.fence, fence) === 'void' ? [] : [{ ...it, record }]
}

/** Makes room: the fence has made them void. */
function tidy({ keys, recordKey, record }: FoundRecord): void {
  keys.cache.entries.delete(recordKey)
  for (const variant of record.variants) keys.cache.entries.delete(keys.pageOf(variant))
}

/** Writes fences, and knows what it has written. */
class FenceWriter {
  readonly #cache: Cache
  readonly #read: ReadonlyMap<string, Entry>
  readonly #soft: boolean
  readonly #fences = new Map<string, string>()
  readonly #written: MaybePromise<boolean>[] = []

  constructor(cache: Cache, read: ReadonlyMap<string, Entry>, soft: boolean) {
    this.#cache = cache
    this.#read = read
    this.#soft = soft
  }

  write(key: string, expires: number | null): void {
    const current = fenceIn(this.#read.get(key))
    const fence = purgeFence(current, this.#soft)
    noteReplaced(this.#cache, current)
    this.#fences.set(key, fence)
    const { entries } = this.#cache
    const written = entries.set(key, new Fence(fence), expires)
    // A dummy store, which keeps nothing, has nothing to purge.
    this.#written.push(isPromise(written) ? written : written || entries.refusal === 'admission')
  }

  /** Whether the store took all of them. */
  done(): MaybePromise<boolean> {
    return this.#written.some(isPromise)
      ? Promise.all(this.#written).then((all) => all.every(Boolean))
      : this.#written.every((it) => it === true)
  }

  /** The fences under which pages of the URL are stored from now on. */
  of({ host, path }: PurgedUrl): string {
    const at = (key: string): string => this.#fences.get(key) ?? fenceIn(this.#read.get(key))
    return fencesOf(at(fenceKeyOf(this.#cache, host, path)), at(fenceKeyOf(this.#cache, undefined, path)))
  }
}
