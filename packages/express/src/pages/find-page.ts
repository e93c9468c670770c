import type { Encodable, Entry, StoredValue } from '@sitecache/core'
import { fieldValue, type HeaderMap, Page, preferredLanguage, VaryRecord } from '@sitecache/http'
import { after } from '../framework/maybe-promise.js'
import type { MaybePromise } from '../framework/types.js'
import { fenceOf, fenceVerdict } from './fence.js'
import { languageKey } from './page-keys.js'
import type { Place } from './place.js'

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
  const { keys, recordKey, fenceKey } = place
  const { entries, tags } = keys.cache
  const seen = keys.seenRecord(place.origin, place.url)
  const guess = seen && pageKey(place, seen, headers)
  const wanted = [recordKey, fenceKey, tags.epochKey]
  if (guess !== undefined) wanted.push(guess)
  return after(entries.getMany(wanted), (read) => {
    const known = { ...knownOf(place, read), epoch: tags.epochOf(read.get(tags.epochKey)) }
    const { record } = known
    if (record === undefined) return { ...known, page: undefined }
    keys.rememberRecord(place.origin, place.url, place, record)
    const key = record === seen && guess !== undefined ? guess : pageKey(place, record, headers)
    const page = key === guess ? openPage(place, key, read.get(key)) : readPage(place, key)
    const found = after(page, (it) => checkTags(place, key, known, it))
    return record.languages === undefined ? found : after(found, (it) => inSameLanguage(place, it, headers))
  })
}

/** Leaves out a page that a tag of its has made out of date. */
function checkTags(
  { keys }: UrlPlace,
  key: string,
  known: Omit<Found, 'page'>,
  page: Page | undefined,
): MaybePromise<Found> {
  if (page === undefined || page.since === known.epoch || !page.hasTags) return { ...known, page }
  const verdict = keys.cache.tags.verdict({ key, tags: page.tags, since: page.since }, known.epoch)
  return after(verdict, (it) => {
    if (it === 'invalid') void keys.cache.entries.delete(key)
    return { ...known, page: it === 'invalid' ? undefined : page, softened: known.softened || it === 'stale' }
  })
}

function pageKey({ keys, fixed, selection }: Place, record: VaryRecord, headers: HeaderMap): string {
  return keys.page(record, fixed, headers, selection)
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
  return after(readPage(place, key), (page) => checkTags(place, key, found, page))
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
  as: (value: StoredValue) => T | undefined,
): T | undefined {
  if (entry === undefined) return undefined
  const opened = as(entry.value)
  if (opened === undefined) keys.cache.meter.error(new Error('A stored page could not be read'), 'get')
  else if (opened !== entry.value) keys.cache.entries.remember(key, entry, opened)
  return opened
}

function asPage(value: StoredValue): Page | undefined {
  if (value instanceof Page) return value
  return value instanceof Uint8Array ? Page.decode(value) : undefined
}

function asRecord(value: StoredValue): VaryRecord | undefined {
  if (value instanceof VaryRecord) return value
  return value instanceof Uint8Array ? VaryRecord.decode(value) : undefined
}
