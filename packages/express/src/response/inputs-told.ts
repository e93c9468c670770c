import type { IncomingMessage } from 'node:http'
import {
  ALL_HEADERS,
  countedHeaders,
  isIdentityInput,
  mergeInputs,
  parseCacheControl,
  parseVary,
  SESSION_INPUT,
  type Storable,
  tooManyInputs,
  VISITOR_INPUT,
  varyFieldsOf,
} from '@sitecache/http'
import { RequestInputs } from '../inputs/request-inputs.js'
import { patchVaryHeaders, textOf } from '../node/patch-headers.js'
import { choiceOfKeyParts } from '../options/extra-key-parts.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import type { Forwarded } from './forwarded.js'
import { withInnerInputs } from './inner-inputs.js'
import { isForNobody, isForOneVisitor } from './one-visitor.js'
import type { Response } from './response.js'
import { declaredInputs, noteTold, toldByPage } from './told-vary.js'

/** Inputs of a response, by what its URL's record knows, its Vary says and its handler read. */
export interface ResponseInputs {
  readonly names: readonly string[]
  readonly refusal: 'inputs' | undefined
}

/**
 * Returns all that a page depends on: by the record, by its Vary, and by what was read while it was
 * made or checked.
 */
export function inputsOf(
  req: IncomingMessage,
  { known, reads, stored }: Forwarded,
  { vary }: Storable,
  told: readonly string[],
): readonly string[] {
  const names = known.record?.names ?? []
  const declared = declaredInputs(req, vary, stored && toldByPage(stored, names))
  return mergeInputs(mergeInputs(mergeInputs(names, told), declared), reads.names ?? [])
}

const none: ResponseInputs = { names: [], refusal: undefined }

/**
 * Tells caches downstream by Vary what the key of the page has learned: on all responses of the URL
 * from then on, also on those to which a field was absent (RFC 9110 §12.5.5).
 */
export function tellInputs(
  { layer, req, res }: Response,
  { location, known, reads }: Forwarded,
): ResponseInputs {
  const written = parseVary(textOf(res, 'vary'))
  const vary = written.filter((name) => name !== '*')
  const declared = declaredInputs(req, vary)
  const before = known.record?.names ?? []
  const own = mergeInputs(mergeInputs(before, declared), [...reads.names])
  const names = withInnerInputs(req, location.recordKey, own)
  if (names.length === 0 && choiceOfKeyParts(location.extraKey) !== 'empty') return none
  const chosenBy = [...names, ...credentials(layer, location, names, vary, textOf(res, 'cache-control'))]
  const copied = names.includes(ALL_HEADERS)
  const sent = copied ? countedHeaders(location.source.headers, layer.rules.inputRules) : []
  // A copy of all headers has a key of an API that other clients send.
  const fields = varyFieldsOf(copied ? [...chosenBy, ...layer.credentials.fields(true)] : chosenBy, sent)
  // By the application's own Vary, before it is told more.
  const isRefused = tooManyInputs(names) || reads.isUndeclared(declared)
  // A Vary that says all of it goes out as its handler wrote it.
  const untold = written.includes('*') ? [] : fields.filter((name) => !vary.includes(name.toLowerCase()))
  if (untold.length > 0) patchVaryHeaders(res, untold)
  const told = fields.map((name) => name.toLowerCase())
  noteTold(req, vary, told)
  return { names, refusal: isRefused ? 'inputs' : undefined }
}

/**
 * Returns the fields by which caches downstream are to choose a page that depends on what a
 * middleware leaves for some visitors, where `private` does not keep it from them: nobody's, and
 * one that its application calls public. They choose the visitor too, where no session names the
 * user.
 */
function credentials(
  { credentials: known }: Layer,
  location: PageLocation,
  names: readonly string[],
  vary: readonly string[],
  control: string | undefined,
): readonly string[] {
  const { source } = location
  if (source instanceof RequestInputs) {
    if (names.includes(SESSION_INPUT) && source.hasNoSession) return known.fields(true)
    // Of a session's user Vary says Cookie alone, as in Django.
    if (names.includes(VISITOR_INPUT)) return known.fields(!source.hasSession)
  }
  const made = names.filter((name) => !isIdentityInput(name))
  const isPublic = parseCacheControl(control).has('public')
  const isForOne = isPublic && isForOneVisitor({ ...location, identity: undefined }, made, vary)
  return isForOne || isForNobody(location, made, vary) ? known.fields(true) : []
}
