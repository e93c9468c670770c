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
import { noteToldVary, peekState } from '../state/request-state.js'
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
  return withVary(mergeInputs(before, reads?.names ?? []), vary)
}

/**
 * Returns these inputs, and the fields of Vary that they don't explain. `Cookie` is told of each input that it chooses: of a page
 * that one cookie makes, the other cookies make no page. What the application declares is among the inputs by itself.
 */
export function withVary(inputs: readonly string[], vary: readonly string[]): readonly string[] {
  const told = varyFieldsOf(inputs).map((field) => field.toLowerCase())
  return mergeInputs(
    inputs,
    varyInputs(vary).filter((name) => !told.includes(name)),
  )
}

const none: ResponseInputs = { names: [], refusal: undefined }

/**
 * Tells caches downstream by Vary what the key of the page has learned: on all responses of the URL from then on, also on those to
 * which a field was absent (RFC 9110 §12.5.5).
 */
export function tellInputs(response: Response, { location, known, reads }: Forwarded): ResponseInputs {
  const { layer, req, res } = response
  const present = parseVary(textOf(res, 'vary')).filter((name) => name !== '*')
  // What a layer further in has told by its reads, this one has learned from the same reads.
  const told = peekState(req)?.toldVary
  const declared = varyInputs(told === undefined ? present : present.filter((name) => !told.has(name)))
  const before = known.record?.names ?? []
  const learned = reads === undefined ? [] : [...reads.names]
  if (declared.length + before.length + learned.length === 0) return none
  const names = mergeInputs(mergeInputs(before, declared), learned)
  const sent = countedHeaders(location.source.headers, layer.rules.inputRules)
  const fields = varyFieldsOf(names, names.includes('header:*') ? sent : [])
  tellVary(
    response,
    fields.filter((name) => !present.includes(name.toLowerCase())),
  )
  return { names, refusal: tooManyInputs(names) ? 'inputs' : undefined }
}

function tellVary({ req, res }: Response, fields: readonly string[]): void {
  if (fields.length === 0) return
  patchVaryHeaders(res, fields)
  noteToldVary(req, fields)
}
