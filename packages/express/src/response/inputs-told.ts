import {
  countedHeaders,
  mergeInputs,
  parseVary,
  type Storable,
  tooManyInputs,
  varyFieldsOf,
  varyInputs,
} from '@sitecache/http'
import { patchVaryHeaders, textOf } from '../node/patch-headers.js'
import type { Forwarded } from './forwarded.js'
import type { Response } from './response.js'

/** What a response depends on, by what its URL's record knows, its Vary says and its handler read. */
export interface ResponseInputs {
  readonly names: readonly string[]
  readonly refusal: 'inputs' | undefined
}

/** Returns all that a page depends on: by the record, by its Vary, and by what was read while it was made or checked. */
export function inputsOf(
  { known, reads }: Forwarded,
  { vary }: Storable,
  told: readonly string[],
): readonly string[] {
  const before = mergeInputs(known.record?.names ?? [], told)
  return mergeInputs(mergeInputs(before, varyInputs(vary)), reads?.names ?? [])
}

const none: ResponseInputs = { names: [], refusal: undefined }

/**
 * Tells caches downstream by Vary what the key of the page has learned: on all responses of the URL from then on, also on those to
 * which a field was absent (RFC 9110 §12.5.5).
 */
export function tellInputs({ layer, res }: Response, { location, known, reads }: Forwarded): ResponseInputs {
  const vary = parseVary(textOf(res, 'vary'))
  const declared = varyInputs(vary.filter((name) => name !== '*'))
  const before = known.record?.names ?? []
  const learned = reads === undefined ? [] : [...reads.names]
  if (declared.length + before.length + learned.length === 0) return none
  const names = mergeInputs(mergeInputs(before, declared), learned)
  const sent = countedHeaders(location.source.headers, layer.rules.inputRules)
  const fields = varyFieldsOf(names, names.includes('header:*') ? sent : [])
  // A Vary that says all of it goes out as its handler wrote it.
  const untold = vary.includes('*') ? [] : fields.filter((field) => !vary.includes(field.toLowerCase()))
  if (untold.length > 0) patchVaryHeaders(res, untold)
  return { names, refusal: tooManyInputs(names) ? 'inputs' : undefined }
}
