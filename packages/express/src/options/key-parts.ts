import type { IncomingMessage } from 'node:http'
import { encodeKeyParts, type KeyPart } from '@sitecache/http'
import { askLoudly } from '../inputs/request-reads.js'
import { factsOf, type RequestFacts } from '../node/types.js'
import type { Layer } from './layer.js'

/**
 * Returns the key text of everything but inputs that chooses among the pages of a URL.
 *
 * @param rewritten method and URL that a middleware made of the client's
 * @param visitor identity of the visitor that the page belongs to
 * @param present names of what middlewares have put on the request and its response
 * @throws KeyPartError for a key part of another type than `KeyPart` names
 */
export function extraKeyOf(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: KeyPart,
  present: readonly string[] | undefined,
  { language, timeZone }: Pick<RequestFacts, 'language' | 'timeZone'> = factsOf(req),
): string {
  const { keyParts: partsOf } = layer.rules
  // Choosers among the pages of this layer are inputs of the pages of layers further out.
  const keyParts = partsOf && askLoudly(partsOf, req)
  const isPlain = (language ?? timeZone ?? rewritten ?? visitor ?? keyParts ?? present) === undefined
  if (isPlain) return layer.noExtraKey
  return encodeKeyParts({ kind: layer.kind, language, timeZone, rewritten, visitor, keyParts, present })
}
