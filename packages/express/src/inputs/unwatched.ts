import { ALL_COOKIES, ALL_LOCALS, reqInput, resInput, SESSION_INPUT, VISITOR_INPUT } from '@sitecache/http'
import { keyText } from './own-keys.js'
import { type FieldKind, fieldsPart, kindOf } from './request-fields.js'
import type { RequestReads } from './request-reads.js'
import { responsePart } from './response-fields.js'
import { localsPart } from './watched-locals.js'
import { unknownProvenance } from './whole-request.js'

/**
 * Lists what has to count as read of a request, since a look at it can't be seen: properties that a
 * middleware made final (`Object.defineProperty` makes them so where it isn't told otherwise), and
 * locals.
 *
 * @returns names of inputs
 */
export function unwatchedInputs(reads: RequestReads): readonly string[] {
  const names = (fieldsPart.of(reads)?.unwatched ?? []).flatMap((key) => namesOf(reads, key))
  for (const name of responsePart.of(reads)?.unwatched ?? []) names.push(resInput(name))
  return hasUnwatchedLocals(reads) ? [...names, ALL_LOCALS] : names
}

function namesOf({ req }: RequestReads, key: PropertyKey): readonly string[] {
  const kind: FieldKind = kindOf(key)
  const isLazy = Object.getOwnPropertyDescriptor(req, key)?.get !== undefined
  // Reads by the getter of a session are seen when the handler looks at it (client-sessions).
  if (kind === 'session') return isLazy ? unknownProvenance : [SESSION_INPUT]
  if (kind === 'visitor') return [VISITOR_INPUT]
  if (kind === 'cookies') return [ALL_COOKIES]
  return [reqInput(keyText(key))]
}

/** Express puts locals on the response as they are; another framework may keep them elsewhere. */
function hasUnwatchedLocals(reads: RequestReads): boolean {
  if (localsPart.of(reads) !== undefined) return false
  const locals: unknown = Reflect.get(reads.res, 'locals')
  return typeof locals === 'object' && locals !== null
}
