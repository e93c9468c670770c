import type { Cache } from '@sitecache/core'
import { bytesOf } from '@sitecache/core'
import { after, type MaybePromise } from '@sitecache/core/internal'
import type { QueryOption } from '@sitecache/http'

/** Options of a layer that decide under which keys it stores the pages of a URL. */
export interface Layout {
  readonly keyPrefix: string
  /** Undefined: the cache's own. */
  readonly version: number | undefined
  readonly query: QueryOption
}

/** Layout of a layer without such options. */
export const plainLayout: Layout = { keyPrefix: '', version: undefined, query: 'exact' }

/** The newest that are kept: deployments that name themselves in a prefix leave old ones behind. */
const MAX_LAYOUTS = 64
/** The store may lose what it was told; it is asked again after a while, in milliseconds. */
const TELL_AGAIN_MS = 60_000

interface Told {
  readonly layout: Layout
  again: number
}

const byCache = new WeakMap<Cache, Map<string, Told>>()

/**
 * Remembers the layout of a layer that is about to store a page, in this process and in the store,
 * so that a purge by another process reaches it. Costs nothing for a layer without such options.
 *
 * @param now milliseconds since the epoch
 */
export function noteLayout(cache: Cache, layout: Layout, now: number): MaybePromise<unknown> {
  if (isPlain(layout)) return undefined
  const name = textOf(layout)
  const known = byCache.get(cache) ?? new Map<string, Told>()
  byCache.set(cache, known)
  const told = known.get(name) ?? { layout, again: 0 }
  known.set(name, told)
  if (now < told.again) return undefined
  told.again = now + TELL_AGAIN_MS
  return after(readLayouts(cache), (stored) => {
    if (stored === undefined || stored.some((one) => textOf(one) === name)) return
    const texts = [...stored.slice(1 - MAX_LAYOUTS), layout].map(textOf)
    return cache.entries.set(keyOf(cache), Buffer.from(`[${texts.join()}]`), null)
  })
}

/**
 * Returns all layouts of pages in a cache that this process or the store knows.
 *
 * @returns `isWhole: false` when the store failed
 */
export function layoutsOf(
  cache: Cache,
): MaybePromise<{ readonly layouts: readonly Layout[]; readonly isWhole: boolean }> {
  const here = [...(byCache.get(cache)?.values() ?? [])].map(({ layout }) => layout)
  return after(readLayouts(cache), (stored) => ({
    layouts: distinct([plainLayout, ...here, ...(stored ?? [])]),
    isWhole: stored !== undefined,
  }))
}

/** Returns each layout once. */
export function distinct(layouts: readonly Layout[]): readonly Layout[] {
  return [...new Map(layouts.map((layout) => [textOf(layout), layout])).values()]
}

/** @returns undefined when the store failed */
function readLayouts(cache: Cache): MaybePromise<readonly Layout[] | undefined> {
  const key = keyOf(cache)
  return after(cache.entries.askMany([key]), (read) => {
    if (read === undefined) return undefined
    const entry = read.get(key)
    try {
      const parsed: unknown = JSON.parse(
        entry === undefined ? '[]' : String(Buffer.from(bytesOf(entry.value))),
      )
      return Array.isArray(parsed) ? parsed.slice(-MAX_LAYOUTS).flatMap(layoutIn) : []
    } catch {
      // Unreadable ones are written anew with the next page.
      return []
    }
  })
}

function keyOf({ keyPrefix }: Cache): string {
  return `${keyPrefix}::layouts`
}

function isPlain({ keyPrefix, version, query }: Layout): boolean {
  return keyPrefix === '' && version === undefined && query === 'exact'
}

/** `[keyPrefix, version, query]`, with the members of the query's list in their order. */
function textOf({ keyPrefix, version, query }: Layout): string {
  return JSON.stringify([keyPrefix, version ?? null, query])
}

function layoutIn(value: unknown): readonly Layout[] {
  if (!Array.isArray(value)) return []
  const [keyPrefix, version, query]: unknown[] = value
  const isVersion = version === null || Number.isSafeInteger(version)
  if (typeof keyPrefix !== 'string' || !isVersion || !isQuery(query)) return []
  return [{ keyPrefix, version: version === null ? undefined : Number(version), query }]
}

function isQuery(value: unknown): value is QueryOption {
  if (value === 'exact' || value === 'sorted') return true
  if (typeof value !== 'object' || value === null) return false
  const [entry, ...more] = Object.entries(value)
  if (entry === undefined || more.length > 0) return false
  const [name, names] = entry
  const isList = Array.isArray(names) && names.every((item) => typeof item === 'string')
  return isList && (name === 'only' || name === 'except')
}
