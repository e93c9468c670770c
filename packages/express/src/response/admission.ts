import { mergeInputs, type Page } from '@sitecache/http'
import type { PendingPage } from './build-page.js'
import type { Forwarded } from './forwarded.js'

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

/** Returns whether the store will keep a page whose key is not known yet. */
export function willBeKept({ keys }: Forwarded['location'], { body }: Page): boolean {
  const { entries } = keys.cache
  return !entries.isFailing && entries.admits(undefined, body.length + HEAD_BYTES)
}
