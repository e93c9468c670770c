import type { Entry, StoredValue } from '@sitecache/core'
import { fieldValue, type HeaderMap, Page, preferredLanguage, VaryRecord } from '@sitecache/http'
import { after } from '../framework/maybe-promise.js'
import type { MaybePromise } from '../framework/types.js'
import { languageKey } from './page-keys.js'
import type { Place } from './place.js'

/** What the cache holds for a request. */
export interface Found {
  readonly record: VaryRecord | undefined
  readonly page: Page | undefined
}

/** Looks up the URL's vary record, then the page under the key made with it (RFC 9111 §4.1). Never rejects. */
export function findPage(place: Place, headers: HeaderMap): MaybePromise<Found> {
  return after(readRecord(place), (record) =>
    record === undefined || record.purged ? { record, page: undefined } : findVariant(place, record, headers),
  )
}

function findVariant(place: Place, record: VaryRecord, headers: HeaderMap): MaybePromise<Found> {
  const { keys, fixed, selection } = place
  keys.rememberRecord(place.origin, place.url, place.recordKey)
  const found = readPage(place, record, keys.page(record, fixed, headers, selection))
  if (record.languages === undefined) return found
  return after(found, (it) => {
    const other = it.page === undefined ? sameLanguage(place, record, headers) : undefined
    return other === undefined ? it : readPage(place, record, keys.pageOf(other))
  })
}

function readPage(place: Place, record: VaryRecord, key: string): MaybePromise<Found> {
  return after(place.keys.cache.entries.get(key), (entry) => ({ record, page: open(place, entry, asPage) }))
}

/** RFC 9111 §4.1: a page in just the language that a client wants above all others matches its Accept-Language. */
function sameLanguage({ fixed }: Place, record: VaryRecord, headers: HeaderMap): string | undefined {
  const language = preferredLanguage(fieldValue(headers, 'accept-language'))
  return language === undefined ? undefined : record.languages?.get(languageKey(fixed, language))
}

/** The URL's vary record, or undefined. */
export function readRecord(place: Pick<Place, 'keys' | 'recordKey'>): MaybePromise<VaryRecord | undefined> {
  return after(place.keys.cache.entries.get(place.recordKey), (entry) => open(place, entry, asRecord))
}

/** What a store holds may be anything: what is not whole and of this format is a miss, and counted as an error. */
function open<T>(
  place: Pick<Place, 'keys'>,
  entry: Entry | undefined,
  as: (value: StoredValue) => T | undefined,
): T | undefined {
  if (entry === undefined) return undefined
  const opened = as(entry.value)
  if (opened === undefined) place.keys.cache.meter.error(new Error('A stored page could not be read'), 'get')
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
