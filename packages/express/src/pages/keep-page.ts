import { digest, type HeaderMap, mergeVary, type Page, VaryRecord } from '@sitecache/http'
import { after } from '../framework/maybe-promise.js'
import type { MaybePromise } from '../framework/types.js'
import { readRecord } from './find-page.js'
import { languageKey, newGeneration, type PageKeys, pageMaterial } from './page-keys.js'
import type { Place } from './place.js'

/** A purged URL's record stays this long, in milliseconds: no render that it must keep out takes longer. */
const TOMBSTONE_MS = 10 * 60_000

/** A page that is to be kept, and the request that it answered. */
export interface Keepable {
  readonly page: Page
  /** Names that its Vary field gave, in lower case. */
  readonly vary: readonly string[]
  /** The request's headers when it was looked up. */
  readonly headers: HeaderMap
  /** When the store may forget it, in milliseconds since the epoch; null: never. */
  readonly expires: number | null
  /** The vary record that was there when it was looked up. */
  readonly seen: VaryRecord | undefined
}

/**
 * Keeps a page, unless its URL was purged since it was looked up. Answers whether it was kept.
 *
 * The fence: a record that was there and is gone or of another generation, or one that a purge left since, means
 * that the page was rendered from what may be out of date.
 */
export function keepPage(place: Place, it: Keepable): MaybePromise<boolean> {
  return after(readRecord(place), (current) => {
    if (current?.generation !== it.seen?.generation && (it.seen !== undefined || current?.purged))
      return false
    return after(store(place, it, current), () => true)
  })
}

function store(place: Place, it: Keepable, current: VaryRecord | undefined): MaybePromise<unknown> {
  const { entries } = place.keys.cache
  const known = current?.names ?? []
  const names = mergeVary(known, it.vary)
  // One more name makes other keys: what was stored under the old ones can't be found any more.
  const reachable = current !== undefined && names === known ? current.variants : []
  const generation = current?.generation ?? newGeneration()
  const hash = digest(pageMaterial({ generation, names }, place.fixed, it.headers, place.selection))
  const variants = [...reachable.filter((variant) => variant !== hash), hash].slice(-place.maxVariants)
  const dropped = (current?.variants ?? []).filter((variant) => !variants.includes(variant))
  for (const variant of dropped) entries.delete(place.keys.pageOf(variant))
  const languages = languagesOf(place, it.page, names, current, variants, hash)
  const expires = laterOf(current?.purged ? undefined : current, it.expires)
  const record = new VaryRecord({ names, generation, purged: false, variants, languages, expires })
  const written = entries.set(place.keys.pageOf(hash), it.page, it.expires)
  return after(written, () => entries.set(place.recordKey, record, expiryOf(record)))
}

/**
 * Which pages are in just one language. Only where nothing else chooses among them: a page that varies by more is another visitor's
 * too.
 */
function languagesOf(
  { fixed, selection }: Place,
  page: Page,
  names: readonly string[],
  current: VaryRecord | undefined,
  variants: readonly string[],
  hash: string,
): ReadonlyMap<string, string> | undefined {
  const language = page.header('content-language')?.trim().toLowerCase()
  const plain = selection.normalize === true && names.length === 1 && names[0] === 'accept-language'
  if (!plain || selection.buckets?.['accept-language'] !== undefined) return undefined
  const known = [...(current?.languages ?? [])].filter(([, variant]) => variants.includes(variant))
  if (language === undefined || !/^[a-z0-9-]+$/.test(language))
    return known.length === 0 ? undefined : new Map(known)
  return new Map([...known, [languageKey(fixed, language), hash]])
}

/** Drops the one page that answers such a request. */
export function dropVariant(place: Place, record: VaryRecord | undefined, headers: HeaderMap): void {
  if (record === undefined || record.purged) return
  const { keys, fixed, selection } = place
  void keys.cache.entries.delete(keys.page(record, fixed, headers, selection))
}

/** A record outlives all pages that it leads to. */
function laterOf(current: VaryRecord | undefined, expires: number | null): number {
  return Math.max(current?.expires ?? 0, expires ?? Number.POSITIVE_INFINITY)
}

function expiryOf(record: VaryRecord): number | null {
  return Number.isFinite(record.expires) ? record.expires : null
}

/** What dropping a URL's pages left, and whether there were any. */
export interface Dropped {
  readonly tombstone: VaryRecord
  readonly found: boolean
}

/** Drops all variants of a URL, and fences those that are being rendered. */
export function dropPages(keys: PageKeys, recordKey: string, now: number): MaybePromise<Dropped> {
  const { entries } = keys.cache
  return after(readRecord({ keys, recordKey }), (current) => {
    const expires = now + TOMBSTONE_MS
    const tombstone = new VaryRecord({
      names: current?.names ?? [],
      generation: newGeneration(),
      purged: true,
      variants: [],
      expires,
    })
    return after(entries.set(recordKey, tombstone, expires), () => {
      for (const variant of current?.variants ?? []) entries.delete(keys.pageOf(variant))
      return { tombstone, found: current !== undefined && !current.purged }
    })
  })
}
