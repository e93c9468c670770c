import type { Encodable, Entry, StoredValue } from '@sitecache/core'
import { fieldValue, type HeaderMap, Page, preferredLanguage, VaryRecord } from '@sitecache/http'
import { after, isPromise } from '../node/maybe-promise.js'
import type { MaybePromise } from '../node/types.js'
import { fenceOf, fenceVerdict } from './fence.js'
import { languageKey, type PageKeys } from './page-keys.js'
import type { Place } from './page-location.js'

/** What the cache holds of a URL. */
export interface Known {
  readonly record: VaryRecord | undefined
  /** What the last purge left. */
  readonly fence: string
  /** A soft purge came since: what is there is stale. */
  readonly softened: boolean
}

/** What the cache holds for a request. */
export interface Found extends Known {
  readonly page: Page | undefined
  /** The clock of the tags. */
  readonly epoch: number
}

/** The part of a place that a look-up of its URL needs. */
type UrlPlace = Pick<Place, 'keys' | 'recordKey' | 'fenceKey'>

/**
 * Looks up the URL's vary record and fence, the clock of the tags, and the page under the key made with the record (RFC 9111 §4.1): all in
 * one round trip where the record is the one that this process saw last. Never rejects.
 */
export function findPage(place: Place, headers: HeaderMap): MaybePromise<Found> {
  try {
    if (place.keys.local) return findHere(place, headers)
    const found = findThere(place, headers)
    return isPromise(found) ? found.catch((error: unknown) => failed(place, error)) : found
  } catch (error) {
    return failed(place, error)
  }
}

/** As `findPage`, past what is near: for who waits for what another process is about to store. */
export function findPageAnew(place: Place, headers: HeaderMap): MaybePromise<Found> {
  const { keys, recordKey, fenceKey } = place
  const seen = keys.seenRecord(place.origin, place.url)
  const pages = seen === undefined ? [] : [pageKey(place, seen, headers)]
  keys.cache.entries.dropNear([recordKey, fenceKey, ...pages])
  return findPage(place, headers)
}

/** Whatever a store may answer, it is no more than a miss; under a fence that no purge left, so that nothing is kept. */
function failed({ keys }: Place, error: unknown): Found {
  keys.cache.meter.error(error, 'get')
  return nothingFound('failed', 0)
}

/** In a store of this process, where nothing is gained by asking for more than is needed. */
function findHere(place: Place, headers: HeaderMap): MaybePromise<Found> {
  const { keys, recordKey, fenceKey } = place
  const fence = fenceOf(here(keys, fenceKey))
  const found = open(place, recordKey, here(keys, recordKey), asRecord)
  const verdict = found === undefined ? 'void' : fenceVerdict(found.fence, fence)
  if (found === undefined || verdict === 'void') return nothingFound(fence, clockHere(keys))
  rememberRecord(place, found)
  const key = pageKey(place, found, headers)
  const page = openPage(place, key, here(keys, key))
  // Without tags, and with a page to serve, the time makes no difference.
  const epoch = page === undefined || page.hasTags || !page.isFresh(Date.now()) ? clockHere(keys) : 0
  const it = { record: found, fence, softened: verdict === 'stale', page, epoch }
  const checked = page?.hasTags === true ? checkTags(place, key, it) : it
  return found.languages === undefined
    ? checked
    : after(checked, (one) => inSameLanguage(place, one, headers))
}

function here(keys: PageKeys, key: string): Entry | undefined {
  return keys.cache.entries.get(key) as Entry | undefined
}

function clockHere({ cache }: PageKeys): number {
  return cache.tags.epochOf(cache.entries.get(cache.tags.epochKey) as Entry | undefined)
}

function nothingFound(fence: string, epoch: number): Found {
  return { record: undefined, fence, softened: false, page: undefined, epoch }
}

function findThere(place: Place, headers: HeaderMap): MaybePromise<Found> {
  const { keys, recordKey, fenceKey } = place
  const { entries, tags } = keys.cache
  const seen = seenRecord(place)
  const guess = seen && pageKey(place, seen, headers)
  const wanted = [recordKey, fenceKey, tags.epochKey]
  if (guess !== undefined) wanted.push(guess)
  return after(entries.getTogether(wanted), (read) => {
    const epoch = tags.epochOf(read.get(tags.epochKey))
    const { record, fence, softened } = knownOf(place, read)
    if (record === undefined) return nothingFound(fence, epoch)
    rememberRecord(place, record)
    const key = record === seen && guess !== undefined ? guess : pageKey(place, record, headers)
    const page = key === guess ? openPage(place, key, read.get(key)) : readPage(place, key)
    const found = after(page, (it) => checkTags(place, key, { record, fence, softened, page: it, epoch }))
    return record.languages === undefined ? found : after(found, (it) => inSameLanguage(place, it, headers))
  })
}

function seenRecord({ keys, origin, url, recordKey, content }: Place): VaryRecord | undefined {
  return content === undefined ? keys.seenRecord(origin, url) : keys.seenContentRecord(recordKey)
}

function rememberRecord(place: Place, record: VaryRecord): void {
  const { keys, origin, url, recordKey, content } = place
  if (content === undefined) keys.rememberRecord(origin, url, place, record)
  else keys.rememberContentRecord(recordKey, record)
}

/** Leaves out a page that a tag of its has made out of date. */
function checkTags({ keys }: UrlPlace, key: string, found: Found): MaybePromise<Found> {
  const { page, epoch } = found
  if (page === undefined || !page.hasTags || (page.since === epoch && epoch > 0)) return found
  const verdict = keys.cache.tags.verdict({ key, tags: page.tags, since: page.since }, epoch)
  return after(verdict, (it) => {
    if (it === 'valid') return found
    if (it === 'stale') return { ...found, softened: true }
    void keys.cache.entries.delete(key)
    return { ...found, page: undefined }
  })
}

function pageKey({ keys, fixed, selection }: Place, record: VaryRecord, headers: HeaderMap): string {
  return keys.page(record, fixed, headers, selection)
}

/** The page that answers such a request, past what is near. */
export function readPageAnew(
  place: Place,
  record: VaryRecord,
  headers: HeaderMap,
): MaybePromise<Page | undefined> {
  const key = pageKey(place, record, headers)
  return after(place.keys.cache.entries.getFresh(key), (entry) => openPage(place, key, entry))
}

function readPage(place: UrlPlace, key: string): MaybePromise<Page | undefined> {
  return after(place.keys.cache.entries.get(key), (entry) => openPage(place, key, entry))
}

/** RFC 9111 §4.1: a page in just the language that a client wants above all others matches its Accept-Language. */
function inSameLanguage(place: Place, found: Found, headers: HeaderMap): MaybePromise<Found> {
  const language =
    found.page === undefined ? preferredLanguage(fieldValue(headers, 'accept-language')) : undefined
  const other =
    language === undefined ? undefined : found.record?.languages?.get(languageKey(place.fixed, language))
  if (other === undefined) return found
  const key = place.keys.pageOf(other)
  return after(readPage(place, key), (page) => checkTags(place, key, { ...found, page }))
}

/** What is known of a URL, past what is near: for what is decided by it and then written. */
export function readKnown(place: UrlPlace): MaybePromise<Known> {
  const { entries } = place.keys.cache
  return after(entries.getFresh(place.fenceKey), (fence) =>
    after(entries.getFresh(place.recordKey), (record) => {
      const found = new Map<string, Entry>()
      if (fence !== undefined) found.set(place.fenceKey, fence)
      if (record !== undefined) found.set(place.recordKey, record)
      return knownOf(place, found)
    }),
  )
}

function knownOf(place: UrlPlace, entries: ReadonlyMap<string, Entry>): Known {
  const fence = fenceOf(entries.get(place.fenceKey))
  const record = open(place, place.recordKey, entries.get(place.recordKey), asRecord)
  const verdict = record === undefined ? 'void' : fenceVerdict(record.fence, fence)
  return { record: verdict === 'void' ? undefined : record, fence, softened: verdict === 'stale' }
}

function openPage(place: UrlPlace, key: string, entry: Entry | undefined): Page | undefined {
  return open(place, key, entry, asPage)
}

/** What a store holds may be anything: what is not whole and of this format is a miss, and counted as an error. */
function open<T extends Encodable>(
  { keys }: UrlPlace,
  key: string,
  entry: Entry | undefined,
  as: (keys: PageKeys, key: string, value: StoredValue) => T | undefined,
): T | undefined {
  if (entry === undefined) return undefined
  const opened = as(keys, key, entry.value)
  if (opened === undefined) keys.cache.meter.error(new Error('A stored page could not be read'), 'get')
  else if (opened !== entry.value) keys.cache.entries.remember(key, entry, opened)
  return opened
}

function asPage({ pages }: PageKeys, key: string, value: StoredValue): Page | undefined {
  if (value instanceof Page) return value
  return value instanceof Uint8Array ? pages.decode(key, value) : undefined
}

function asRecord({ records }: PageKeys, key: string, value: StoredValue): VaryRecord | undefined {
  if (value instanceof VaryRecord) return value
  return value instanceof Uint8Array ? records.decode(key, value) : undefined
}
