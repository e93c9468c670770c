import { after, type MaybePromise } from '@sitecache/core/internal'
import { digest, languageKey, mergeInputs, type Page, pageKeyText, VaryRecord } from '@sitecache/http'
import { fenceExpiry, MIN_KEPT_MS, newFence } from './fence.js'
import { type Known, readKnown, readPageAnew } from './find-page.js'
import { newGeneration, type PageKeys, type UrlKeys } from './page-keys.js'
import type { PageLocation } from './page-location.js'
import type { Render } from './renders.js'

/** A page that is to be kept, and the request that it answered. */
export interface PageToStore {
  readonly page: Page
  /** Names of what it depends on. */
  readonly inputs: readonly string[]
  /** When the store may forget it, in milliseconds since the epoch; null: never. */
  readonly expires: number | null
  /** Record and fence of its URL when it was looked up. */
  readonly known: Pick<Known, 'record' | 'fence'>
  /** The page that was there then. */
  readonly stored: Page | undefined
  /** Its render. */
  readonly render: Pick<Render, 'mayBeLate'> | undefined
}

/** Outcome of storing a page. Where the store would not have it, the cache has counted why. */
export type StoreOutcome = 'kept' | 'purged' | 'overtaken' | 'lost'

/**
 * Keeps a page, unless its URL was purged since it was looked up: by then it was rendered from what
 * may be out of date.
 *
 * Nor does one that comes late, after its lock had run out or was given up, take the place of a
 * newer one. Locks are taken one after the other; so while this one is held there is none newer,
 * and once it is not, a fresh page that wasn't there at the look-up is one. Without a newer one a
 * late page is kept: else a page that takes longer than anyone waits would never be. What is left
 * is the time of the write itself: a process that stands still just then, for as long as its lease
 * lasts, can put its page in the place of one that came meanwhile. Both were rendered after the
 * last purge.
 */
export function storePage(location: PageLocation, it: PageToStore): MaybePromise<StoreOutcome> {
  return after(readKnown(location), (now) => {
    // A record that is gone, or another's: the cache was cleared.
    const gone = it.known.record !== undefined && now.record?.generation !== it.known.record.generation
    if (now.fence !== it.known.fence || gone) return 'purged'
    return after(isOvertaken(location, it, now), (overtaken) =>
      overtaken ? 'overtaken' : store(location, location.body === undefined ? it : boundByFence(it), now),
    )
  })
}

function isOvertaken(location: PageLocation, it: PageToStore, { record }: Known): MaybePromise<boolean> {
  if (record === undefined || it.render?.mayBeLate !== true) return false
  return after(readPageAnew(location, record), (page) => {
    return page?.isFresh(Date.now()) === true && page.storedAt !== it.stored?.storedAt
  })
}

/**
 * A purge of the URL doesn't see the records of its contents: none may outlive the fence that makes
 * it void.
 */
function boundByFence(it: PageToStore): PageToStore {
  const longest = Date.now() + MIN_KEPT_MS
  return { ...it, expires: Math.min(it.expires ?? longest, longest) }
}

function store(location: PageLocation, it: PageToStore, now: Known): MaybePromise<StoreOutcome> {
  const { fence } = now
  // With the new fence all that the record leads to would count as new: the others of a soft purge
  // are left behind.
  const current = now.isSoftPurged ? undefined : now.record
  const { entries } = location.keys.cache
  const known = current?.names ?? []
  const names = mergeInputs(known, it.inputs)
  // One more name makes other keys: what was stored under the old ones can't be found any more.
  const reachable = current !== undefined && names === known ? current.variants : []
  const generation = current?.generation ?? newGeneration()
  const material = pageKeyText({ generation, names }, location.extraKey, location.source, location.matching)
  if (material === undefined) return 'lost'
  const hash = digest(material)
  const variants = [...reachable.filter((variant) => variant !== hash), hash].slice(-location.maxVariants)
  const dropped = (current?.variants ?? []).filter((variant) => !variants.includes(variant))
  for (const variant of dropped) entries.delete(location.keys.pageOf(variant))
  const languages = languagesOf(location, it.page, names, current, variants, hash)
  const expires = laterOf(current, it.expires)
  const record = new VaryRecord({ names, generation, fence, variants, languages, expires })
  const written = after(location.keys.cache.tags.keep(it.page.tags, it.expires), () =>
    entries.set(location.keys.pageOf(hash), it.page, it.expires),
  )
  // Without the page too: by what the URL varies is known from now on.
  return after(written, (hasPage) =>
    after(entries.set(location.recordKey, record, expiryOf(record)), (hasRecord) =>
      hasPage && hasRecord ? 'kept' : 'lost',
    ),
  )
}

/**
 * Which pages are in just one language. Only where nothing else chooses among them: a page that
 * varies by more is another visitor's too.
 */
function languagesOf(
  { extraKey, matching }: PageLocation,
  page: Page,
  names: readonly string[],
  current: VaryRecord | undefined,
  variants: readonly string[],
  hash: string,
): ReadonlyMap<string, string> | undefined {
  const language = page.header('content-language')?.trim().toLowerCase()
  const plain = matching.normalize === true && names.length === 1 && names[0] === 'accept-language'
  if (!plain || matching.buckets?.['accept-language'] !== undefined) return undefined
  const known = [...(current?.languages ?? [])].filter(([, variant]) => variants.includes(variant))
  if (language === undefined || !/^[a-z0-9-]+$/.test(language))
    return known.length === 0 ? undefined : new Map(known)
  return new Map([...known, [languageKey(extraKey, language), hash]])
}

/** Drops the one page that answers such a request. */
export function dropVariant(location: PageLocation, record: VaryRecord | undefined): void {
  if (record === undefined) return
  const { keys, extraKey, source, matching } = location
  const key = keys.page(record, extraKey, source, matching)
  if (key !== undefined) void keys.cache.entries.delete(key)
}

/** A record outlives all pages that it leads to. */
function laterOf(current: VaryRecord | undefined, expires: number | null): number {
  return Math.max(current?.expires ?? 0, expires ?? Number.POSITIVE_INFINITY)
}

function expiryOf(record: VaryRecord): number | null {
  return Number.isFinite(record.expires) ? record.expires : null
}

/** Record and fence that dropping a URL's pages left, and whether there were any. */
export interface Dropped extends Pick<Known, 'record' | 'fence'> {
  readonly found: boolean
}

/**
 * Drops all variants of a URL, or leaves them as stale (soft), and fences those that are being
 * rendered.
 */
export function dropPages(keys: PageKeys, url: UrlKeys, now: number, soft = false): MaybePromise<Dropped> {
  const { entries } = keys.cache
  return after(readKnown({ keys, ...url }), (known) => {
    const { record } = known
    const fence = newFence(known.fence, soft)
    const written = entries.set(url.fenceKey, Buffer.from(fence, 'latin1'), fenceExpiry(record?.expires, now))
    return after(written, () => {
      const dropped = { record: undefined, fence, found: record !== undefined }
      if (soft) return dropped
      entries.delete(url.recordKey)
      for (const variant of record?.variants ?? []) entries.delete(keys.pageOf(variant))
      return dropped
    })
  })
}
