import { after, type MaybePromise } from '@sitecache/core/internal'
import { digest, languageKey, mergeInputs, type Page, pageKeyText, VaryRecord } from '@sitecache/http'
import {
  Fence,
  fenceExpiry,
  fenceIn,
  fencesOf,
  firstFence,
  isReadable,
  MIN_KEPT_MS,
  mayStoreUnder,
} from './fence.js'
import { type Known, type KnownNow, readKnown, readPageAnew } from './find-page.js'
import { newGeneration } from './generation.js'
import { noteLayout } from './layouts.js'
import type { PageKeys } from './page-keys.js'
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
  /** When its render began, in milliseconds since the epoch. */
  readonly began: number
  /** The page that was there then. */
  readonly stored: Page | undefined
  /** Called where another process has stored the page since the look-up. */
  readonly overlapped?: (() => void) | undefined
  /** Its render. */
  readonly render: Pick<Render, 'mayBeLate'> | undefined
}

/**
 * Outcome of storing a page. Where the store failed (`lost`), or it is over its limit, the cache
 * has counted that; `admission`: a full store has it come again first. `purged-by-tag`: it is
 * there, and no later request gets it; those that came before the purge may.
 */
export type StoreOutcome =
  | 'kept'
  | 'purged'
  | 'purged-by-tag'
  | 'overtaken'
  | 'lost'
  | 'too-large'
  | 'admission'

/**
 * Keeps a page, unless its URL was purged since it was looked up, or its cache was cleared: by then
 * it was rendered from what may be out of date.
 *
 * Nor does it take the place of a page whose render began later. A page that comes late, after its
 * lock had run out or was given up, gives way to any fresh one that wasn't there at the look-up:
 * else a process that stood still would put its page in the place of one that came meanwhile.
 * Without a newer one a late page is kept, since a page that takes longer than anyone waits would
 * never be.
 */
export function storePage(location: PageLocation, it: PageToStore): MaybePromise<StoreOutcome> {
  const { cache, layout } = location.keys
  return after(noteLayout(cache, layout, Date.now()), () =>
    after(readKnown(location), (now) => storeUnlessPurged(location, it, now)),
  )
}

function storeUnlessPurged(
  location: PageLocation,
  it: PageToStore,
  now: KnownNow,
): MaybePromise<StoreOutcome> {
  const { tags } = location.keys.cache
  // A store that takes no writes has no clock: that is an error each time.
  if (now.epoch === 0 || it.page.since === 0) return after(tags.now(), () => 'lost')
  const { record } = it.known
  // A record that is gone before its time, or another's: the cache was cleared.
  const gone =
    record !== undefined && now.record?.generation !== record.generation && record.expires > Date.now()
  const isOfEra = tags.isCurrent(it.page.since, now.epoch)
  if (gone || !isOfEra || !mayStoreUnder(it.known.fence, now.fence)) return 'purged'
  return after(isOvertaken(location, it, now), (overtaken) => {
    if (overtaken) return 'overtaken'
    const bounded = location.body === undefined ? it : boundByFence(it)
    return after(ensureFence(location, now, bounded.expires), (fence) =>
      typeof fence === 'object' ? store(location, bounded, { ...now, ...fence }) : fence,
    )
  })
}

/**
 * Makes the fence of the URL where there is none, and has it outlive the page.
 *
 * @returns the fences under which the page is stored; or why it can't be
 */
export function ensureFence(
  { keys, fenceKey }: PageLocation,
  { fence, fenceExpires, record }: Known,
  expires: number | null,
): MaybePromise<Pick<Known, 'fence'> | 'purged' | 'lost'> {
  const { entries } = keys.cache
  const longest = Math.max(expires ?? Number.POSITIVE_INFINITY, record?.expires ?? 0)
  const until = fenceExpiry(longest, Date.now())
  const [host = '', path = ''] = fence.split(' ')
  if (host !== '') {
    const isKept = fenceExpires === null || (until !== null && (fenceExpires ?? 0) >= until - MIN_KEPT_MS)
    return isKept ? { fence } : after(entries.touch(fenceKey, until), () => ({ fence }))
  }
  const first = firstFence()
  return after(entries.add(fenceKey, new Fence(first), until), (added) => {
    if (added === undefined) return 'lost'
    if (added) return { fence: fencesOf(first, path) }
    return after(entries.getFresh(fenceKey), (entry) => {
      const made = fenceIn(entry)
      if (isReadable(made) && mayStoreUnder(fence, fencesOf(made, path)))
        return { fence: fencesOf(made, path) }
      if (!isReadable(made)) dropFence(keys, fenceKey)
      return 'purged'
    })
  })
}

/** Drops what is no fence, another program's value: the next page of the URL makes one. */
function dropFence({ cache }: PageKeys, fenceKey: string): void {
  cache.meter.error(new Error('A stored fence could not be read'), 'get')
  void cache.entries.delete(fenceKey)
}

function isOvertaken(location: PageLocation, it: PageToStore, { record }: Known): MaybePromise<boolean> {
  if (record === undefined) return false
  return after(readPageAnew(location, record), (page) => {
    if (page === undefined || page.storedAt === it.stored?.storedAt) return false
    it.overlapped?.()
    const isNewer = page.storedAt - page.renderMs > it.began
    return isNewer || (it.render?.mayBeLate === true && page.isFresh(Date.now()))
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

function store(
  location: PageLocation,
  it: PageToStore,
  now: KnownNow,
  isSecondTry = false,
): MaybePromise<StoreOutcome> {
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
  // Another process has stored the first page of this URL at the same time: this one.
  if (isSecondTry && reachable.includes(hash)) it.overlapped?.()
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
  return after(written, (hasPage) => {
    const refusal = hasPage ? undefined : entries.refusal
    // Adds, as another layer may store its first page of this URL at the same time.
    const isFirst = now.record === undefined && !isSecondTry
    const write = isFirst ? entries.add : entries.set
    return after(write.call(entries, location.recordKey, record, expiryOf(record)), (hasRecord) => {
      if (isFirst && hasRecord === false) return storeBeside(location, it, fence)
      if (refusal !== undefined || !hasPage || hasRecord !== true) return refusal ?? 'lost'
      return unlessPurged(location, location.keys.pageOf(hash), it.page, now.epoch)
    })
  })
}

/**
 * Tells of a page that is stored whether one of its tags was purged since its render began: then no
 * request gets it. Its tags are known from now on, so that the next render is spared the doubt.
 */
function unlessPurged(
  { keys }: PageLocation,
  key: string,
  { tags, since }: Page,
  epoch: number,
): MaybePromise<'kept' | 'purged-by-tag'> {
  if (epoch === since || tags.length === 0) return 'kept'
  const verdict = keys.cache.tags.verdict({ key, tags, since }, epoch)
  return after(verdict, (it) => (it === 'invalid' ? 'purged-by-tag' : 'kept'))
}

/** Stores a page beside one that was the first of its URL meanwhile. */
function storeBeside(location: PageLocation, it: PageToStore, fence: string): MaybePromise<StoreOutcome> {
  return after(readKnown(location), (now) =>
    mayStoreUnder(fence, now.fence) ? store(location, it, now, true) : 'purged',
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
