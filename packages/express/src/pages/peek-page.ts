import { types } from 'node:util'
import type { Entry, StoredValue } from '@sitecache/core'
import type { PeekedVerdict } from '@sitecache/core/internal'
import {
  digest,
  fieldValue,
  languageKey,
  Page,
  pageKeyText,
  preferredLanguage,
  VaryRecord,
} from '@sitecache/http'
import { decodePage } from './decode-page.js'
import { fenceIn, fencesOf, fenceVerdict } from './fence.js'
import type { Found } from './find-page.js'
import type { PageLocation } from './page-location.js'
import { isReplaced } from './replaced-fences.js'

/** A stored page, seen without a trace. */
export interface PeekedPage {
  /** Digest in its key. */
  readonly hash: string
  readonly page: Page
  readonly verdict: PeekedVerdict['verdict']
  /** Tags of its that were purged since it was made. */
  readonly purged: readonly string[]
}

/** Result of a look-up without a trace, with the other pages of the URL; its epoch is not read. */
export interface PeekedUrl extends Found {
  /** Digest in the key of the page that would answer; undefined: nothing is known of the URL. */
  readonly hash: string | undefined
  /** Digest of the page that answers in its stead, as it is in the one language that is wanted. */
  readonly chosen: string | undefined
  /** The newest pages, this one among them. */
  readonly pages: readonly PeekedPage[]
  /** A purge of the URL has made void what is stored. */
  readonly isVoid: boolean
}

/** Variants that are looked at: the newest. */
const MAX_PEEKED = 20

/**
 * Looks up as `findPage` does, and leaves no trace: nothing is counted, remembered, made recent or
 * dropped.
 *
 * @throws the error of the store
 */
export async function peekPage(location: PageLocation): Promise<PeekedUrl> {
  const { keys, recordKey, fenceKey, pathFenceKey } = location
  const { entries, tags } = keys.cache
  const read = await entries.peekMany([recordKey, fenceKey, pathFenceKey, tags.epochKey])
  const host = fenceIn(read.get(fenceKey))
  const fence = fencesOf(host, fenceIn(read.get(pathFenceKey)))
  const stored = decoded(read.get(recordKey), VaryRecord, VaryRecord.decode)
  const verdict =
    stored === undefined || isReplaced(keys.cache, host) ? 'void' : fenceVerdict(stored.fence, fence)
  const record = verdict === 'void' ? undefined : stored
  const epochEntry = read.get(tags.epochKey)
  const known = { record, fence, epoch: 0, isVoid: stored !== undefined && verdict === 'void' }
  if (record === undefined)
    return { ...known, isSoftPurged: false, page: undefined, hash: undefined, chosen: undefined, pages: [] }
  const hash = hashOf(location, record)
  const pages = await peekVariants(location, record, hash, epochEntry)
  const usable = (one: string | undefined) => pages.find((it) => it.hash === one && it.verdict !== 'invalid')
  const own = usable(hash) ?? usable(sameLanguage(location, record))
  const isSoftPurged = verdict === 'stale' || own?.verdict === 'stale'
  return { ...known, isSoftPurged, page: own?.page, hash, chosen: own?.hash, pages }
}

function hashOf(
  { extraKey, source, matching }: PageLocation,
  record: Pick<VaryRecord, 'generation' | 'names'>,
): string | undefined {
  const text = pageKeyText(record, extraKey, source, matching)
  return text === undefined ? undefined : digest(text)
}

function sameLanguage({ source, extraKey }: PageLocation, record: VaryRecord): string | undefined {
  const language = preferredLanguage(fieldValue(source.headers, 'accept-language'))
  return language === undefined ? undefined : record.languages?.get(languageKey(extraKey, language))
}

async function peekVariants(
  location: PageLocation,
  record: VaryRecord,
  hash: string | undefined,
  epochEntry: Entry | undefined,
): Promise<readonly PeekedPage[]> {
  const { keys } = location
  const { entries, tags } = keys.cache
  const language = sameLanguage(location, record)
  const wanted = new Set([hash, language, ...[...record.variants].reverse().slice(0, MAX_PEEKED)])
  const hashes = [...wanted].filter((one) => one !== undefined)
  const read = await entries.peekMany(hashes.map((one) => keys.pageOf(one)))
  const found = hashes.flatMap((one) => {
    const page = decoded(read.get(keys.pageOf(one)), Page, decodePage)
    return page === undefined ? [] : [{ hash: one, page }]
  })
  return Promise.all(
    found.map(async ({ hash: one, page }) => {
      const tagged = { key: keys.pageOf(one), tags: page.tags, since: page.since }
      const isPlain = keys.local && !page.hasTags
      const it = isPlain ? valid : await tags.peekVerdict(tagged, epochEntry)
      return { hash: one, page, ...it }
    }),
  )
}

const valid: PeekedVerdict = { verdict: 'valid', purged: [] }

function decoded<T>(
  entry: Entry | undefined,
  kind: new (...args: never[]) => T,
  decode: (bytes: Uint8Array) => T | undefined,
): T | undefined {
  const value: StoredValue | undefined = entry?.value
  if (value instanceof kind) return value
  return types.isUint8Array(value) ? decode(value) : undefined
}
