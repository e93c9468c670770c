import { types } from 'node:util'
import type { Encodable, Entry, StoredValue } from '@sitecache/core'
import { after, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { fieldValue, languageKey, Page, preferredLanguage, VaryRecord } from '@sitecache/http'
import { fenceIn, fencesOf, fenceVerdict, isJoinedOf } from './fence.js'
import type { PageKeys } from './page-keys.js'
import type { PageLocation } from './page-location.js'
import { forgetReplaced, isReplaced } from './replaced-fences.js'

/** Record and fences that the cache holds of a URL. */
export interface Known {
  readonly record: VaryRecord | undefined
  /** Its fences: what the last purges left. */
  readonly fence: string
  /** When the store forgets the fence of its host; null: never; undefined: there is none. */
  readonly fenceExpires?: number | null | undefined
  /** A soft purge came since: what is there is stale. */
  readonly isSoftPurged: boolean
}

/** The same, with the clock of the tags; 0: there is none. */
export interface KnownNow extends Known {
  readonly epoch: number
}

/** Page that the cache holds for a request, with what it knows of its URL. */
export interface Found extends Known {
  readonly page: Page | undefined
  /** The clock of the tags. */
  readonly epoch: number
}

/** The part of a place that a look-up of its URL needs. */
type UrlLocation = Pick<PageLocation, 'keys' | 'recordKey' | 'fenceKey' | 'pathFenceKey'>

/**
 * Looks up the URL's vary record and fence, the clock of the tags, and the page under the key made
 * with the record (RFC 9111 §4.1): all in one round trip where the record is the one that this
 * process saw last. Never rejects.
 */
export function findPage(location: PageLocation, now = Date.now()): MaybePromise<Found> {
  try {
    return location.keys.local ? findHere(location, now) : guarded(location, findThere(location))
  } catch (error) {
    return failed(location, error)
  }
}

function guarded(location: PageLocation, found: MaybePromise<Found>): MaybePromise<Found> {
  return isPromise(found) ? found.catch((error: unknown) => failed(location, error)) : found
}

/**
 * As `findPage`, past the near store: for a request that waits for what another process is about to
 * store.
 */
export function findPageAnew(location: PageLocation): MaybePromise<Found> {
  const { keys } = location
  const seen = keys.seenRecord(location.origin, location.url)
  const page = seen && pageKey(location, seen)
  const known = keysOf(location)
  keys.cache.entries.dropNear(page === undefined ? known : [...known, page])
  return findPage(location)
}

/**
 * Whatever a store may answer, it is no more than a miss; under a fence that no purge left, so that
 * nothing is kept.
 */
function failed({ keys }: PageLocation, error: unknown): Found {
  keys.cache.meter.error(error, 'get')
  return nothingFound('failed', 0)
}

/** In a store of this process, where nothing is gained by asking for more than is needed. */
function findHere(location: PageLocation, now: number): MaybePromise<Found> {
  const { keys, recordKey, fenceKey, pathFenceKey } = location
  const [host, path] = [fenceIn(here(keys, fenceKey)), fenceIn(here(keys, pathFenceKey))]
  const found = open(location, recordKey, here(keys, recordKey), asRecord)
  const isSame = found !== undefined && isJoinedOf(found.fence, host, path)
  const fence = isSame ? found.fence : fencesOf(host, path)
  const verdict = isSame ? 'valid' : found === undefined ? 'void' : fenceVerdict(found.fence, fence)
  if (found === undefined || verdict === 'void') return nothingFound(fence, clockHere(keys))
  rememberRecord(location, found)
  const key = pageKey(location, found)
  if (key === undefined) return nothingFound(fence, clockHere(keys))
  const page = openPage(location, key, here(keys, key))
  // Without tags, and with a page to serve, the time makes no difference.
  const epoch = page === undefined || page.hasTags || !page.isFresh(now) ? clockHere(keys) : 0
  const it = { record: found, fence, isSoftPurged: verdict === 'stale', page, epoch }
  const checked = page?.hasTags === true ? checkTags(location, key, it) : it
  return found.languages === undefined ? checked : inSameLanguageAfter(location, checked)
}

function here(keys: PageKeys, key: string): Entry | undefined {
  return keys.cache.entries.get(key) as Entry | undefined
}

function clockHere({ cache }: PageKeys): number {
  return cache.tags.epochOf(cache.entries.get(cache.tags.epochKey) as Entry | undefined)
}

function nothingFound(fence: string, epoch: number): Found {
  return { record: undefined, fence, isSoftPurged: false, page: undefined, epoch }
}

function findThere(location: PageLocation): MaybePromise<Found> {
  const { entries, tags } = location.keys.cache
  const seen = seenRecord(location)
  const guess = seen && pageKey(location, seen)
  const wanted = [...keysOf(location), tags.epochKey]
  if (guess !== undefined) wanted.push(guess)
  return after(entries.getTogether(wanted), (read) =>
    after(currentEpoch(location, read), (epoch) =>
      epoch === undefined ? nothingFound('failed', 0) : findAmong(location, read, epoch, seen, guess),
    ),
  )
}

/**
 * Returns the clock of the tags; that of a new era where the store is back with what was purged
 * from it.
 *
 * @returns undefined when it is, and would not begin one
 */
function currentEpoch(
  { keys, fenceKey }: UrlLocation,
  read: ReadonlyMap<string, Entry>,
): MaybePromise<number | undefined> {
  const { cache } = keys
  const epoch = cache.tags.epochOf(read.get(cache.tags.epochKey))
  if (isReplaced(cache, fenceIn(read.get(fenceKey))))
    return after(cache.tags.beginEra(), (begun) => {
      if (begun > 0) forgetReplaced(cache)
      return begun || undefined
    })
  return epoch === 0 ? 0 : after(cache.tags.settled(epoch), (settled) => settled || undefined)
}

/**
 * Finds the page among the entries that one round trip brought.
 *
 * @param guess the key of its page, if it is among them
 */
function findAmong(
  location: PageLocation,
  read: ReadonlyMap<string, Entry>,
  epoch: number,
  seen: VaryRecord | undefined,
  guess: string | undefined,
): MaybePromise<Found> {
  const { record, fence, isSoftPurged } = knownAmong(location, (key) => read.get(key))
  if (record === undefined) return nothingFound(fence, epoch)
  rememberRecord(location, record)
  const key = record === seen && guess !== undefined ? guess : pageKey(location, record)
  if (key === undefined) return nothingFound(fence, epoch)
  const page = key === guess ? openPage(location, key, read.get(key)) : readPage(location, key)
  const found = after(page, (it) =>
    checkTags(location, key, { record, fence, isSoftPurged, page: it, epoch }),
  )
  return record.languages === undefined ? found : inSameLanguageAfter(location, found)
}

function keysOf({ recordKey, fenceKey, pathFenceKey }: UrlLocation): string[] {
  return [recordKey, fenceKey, pathFenceKey]
}

function seenRecord({ keys, origin, url, recordKey, body }: PageLocation): VaryRecord | undefined {
  return body === undefined ? keys.seenRecord(origin, url) : keys.seenContentRecord(recordKey)
}

function rememberRecord(location: PageLocation, record: VaryRecord): void {
  if (record === location.seen) return
  const { keys, origin, url, recordKey, body } = location
  if (body === undefined) keys.rememberRecord(origin, url, location, record)
  else keys.rememberContentRecord(recordKey, record)
}

/** Leaves out a page that a tag of its has made out of date. */
function checkTags({ keys }: UrlLocation, key: string, found: Found): MaybePromise<Found> {
  const { page, epoch } = found
  if (page === undefined || (page.since === epoch && epoch > 0)) return found
  if (!page.hasTags) return isOfEra(keys, page, epoch) ? found : { ...found, page: undefined }
  return askTags(keys, key, page, found)
}

function askTags(keys: PageKeys, key: string, page: Page, found: Found): MaybePromise<Found> {
  const { epoch } = found
  const verdict = keys.cache.tags.verdict({ key, tags: page.tags, since: page.since }, epoch)
  return after(verdict, (it) => {
    if (it === 'valid') return found
    if (it === 'stale') return { ...found, isSoftPurged: true }
    void keys.cache.entries.delete(key)
    return { ...found, page: undefined }
  })
}

function pageKey({ keys, extraKey, source, matching }: PageLocation, record: VaryRecord): string | undefined {
  return keys.page(record, extraKey, source, matching)
}

/**
 * A page of another era was made before purges that the store has lost. In a store of this process
 * none is.
 */
function isOfEra({ cache, local }: PageKeys, { since }: Page, epoch: number): boolean {
  return local || (epoch === 0 ? since > 0 : cache.tags.isCurrent(since, epoch))
}

/** The page that answers such a request, past what is near. */
export function readPageAnew(location: PageLocation, record: VaryRecord): MaybePromise<Page | undefined> {
  const key = pageKey(location, record)
  if (key === undefined) return undefined
  const { keys } = location
  // The look-up has told of one that can't be read.
  return after(keys.cache.entries.getFresh(key), (entry) => entry && asPage(keys, key, entry.value))
}

function readPage(location: UrlLocation, key: string): MaybePromise<Page | undefined> {
  return after(location.keys.cache.entries.get(key), (entry) => openPage(location, key, entry))
}

function inSameLanguageAfter(location: PageLocation, found: MaybePromise<Found>): MaybePromise<Found> {
  return after(found, (it) => inSameLanguage(location, it))
}

/**
 * RFC 9111 §4.1: a page in just the language that a client wants above all others matches its
 * Accept-Language.
 */
function inSameLanguage(location: PageLocation, found: Found): MaybePromise<Found> {
  const language =
    found.page === undefined
      ? preferredLanguage(fieldValue(location.source.headers, 'accept-language'))
      : undefined
  const other =
    language === undefined
      ? undefined
      : found.record?.languages?.get(languageKey(location.extraKey, language))
  if (other === undefined) return found
  const key = location.keys.pageOf(other)
  return after(readPage(location, key), (page) => checkTags(location, key, { ...found, page }))
}

/** Reads what is known of a URL, past the near store: for decisions that are written afterwards. */
export function readKnown(location: UrlLocation): MaybePromise<KnownNow> {
  const { keys } = location
  const { entries, tags } = keys.cache
  if (keys.local) return knownAmong(location, (key) => here(keys, key))
  const wanted = [...keysOf(location), tags.epochKey]
  entries.dropNear(wanted)
  return after(entries.getMany(wanted), (read) => knownAmong(location, (key) => read.get(key)))
}

/** @param entryAt returns what was read under a full key */
function knownAmong(location: UrlLocation, entryAt: (key: string) => Entry | undefined): KnownNow {
  const { tags } = location.keys.cache
  const host = entryAt(location.fenceKey)
  const fence = fencesOf(fenceIn(host), fenceIn(entryAt(location.pathFenceKey)))
  const record = open(location, location.recordKey, entryAt(location.recordKey), asRecord)
  const verdict = record === undefined ? 'void' : fenceVerdict(record.fence, fence)
  return {
    record: verdict === 'void' ? undefined : record,
    fence,
    fenceExpires: host?.expires,
    isSoftPurged: verdict === 'stale',
    epoch: tags.epochOf(entryAt(tags.epochKey)),
  }
}

function openPage(location: UrlLocation, key: string, entry: Entry | undefined): Page | undefined {
  return open(location, key, entry, asPage)
}

/**
 * Decodes an entry of a store, which may hold anything: one that is not whole and of this format is
 * a miss, and counted as an error.
 */
function open<T extends Encodable>(
  { keys }: UrlLocation,
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
  return types.isUint8Array(value) ? pages.decode(key, value) : undefined
}

function asRecord({ records }: PageKeys, key: string, value: StoredValue): VaryRecord | undefined {
  if (value instanceof VaryRecord) return value
  return types.isUint8Array(value) ? records.decode(key, value) : undefined
}
