import { mergeInputs, type Page } from '@sitecache/http'
import type { PendingPage } from './build-page.js'
import type { Forwarded } from './forwarded.js'
import type { SkipReason } from './judge.js'

/** Whether a response will be stored, as far as its head tells; or why not. */
export interface StoredStatus {
  readonly stored?: boolean
  readonly detail?: SkipReason | 'store'
}

/** Bytes of a key, a head and their bookkeeping: seldom more. */
const HEAD_BYTES = 4096

/**
 * Returns whether the store will keep a page of which the head is known: of a full store in this
 * process that can be told before. Another store is taken at its word.
 *
 * @param longest bytes that a body of unknown length may have
 */
export function admissionOf(
  { location, known }: Pick<Forwarded, 'location' | 'known'>,
  { declaredLength, inputs }: Pick<PendingPage, 'declaredLength' | 'inputs'>,
  longest: number,
): 'kept' | 'refused' | 'unsure' {
  const { keys, extraKey, source, matching } = location
  if (!keys.local) return 'kept'
  const { record } = known
  const isSameKey = record !== undefined && mergeInputs(record.names, inputs) === record.names
  const key = isSameKey ? keys.page(record, extraKey, source, matching) : undefined
  const { entries } = keys.cache
  if (entries.admits(key, (declaredLength ?? longest) + HEAD_BYTES)) return 'kept'
  return declaredLength === undefined || entries.admits(key, declaredLength) ? 'unsure' : 'refused'
}

/**
 * Tells whether the store will keep a page whose key is not known yet; or why not: one that has
 * just failed is not expected to.
 */
export function storedStatusOf({ keys }: Forwarded['location'], { body }: Page): StoredStatus {
  const { entries } = keys.cache
  if (entries.isFailing) return { detail: 'store' }
  if (entries.admits(undefined, body.length + HEAD_BYTES)) return { stored: true }
  return entries.admits(undefined, body.length) ? {} : { detail: 'admission' }
}
