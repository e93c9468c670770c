import type { IncomingMessage } from 'node:http'
import { encodeKeyParts, type KeyPart } from '@sitecache/http'
import { loudly } from '../inputs/index.js'
import { field } from '../node/types.js'
import type { Layer } from './layer.js'

/**
 * Returns the key text of everything but inputs that chooses among the pages of a URL.
 *
 * @param rewritten method and URL that a middleware made of the client's
 * @param visitor identity of the visitor that the page belongs to
 * @throws KeyPartError for a key part of another type than `KeyPart` names
 */
export function extraKeyOf(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: KeyPart,
): string {
  const language = field(req, 'language')
  const timeZone = field(req, 'timeZone')
  const { keyParts: partsOf } = layer.rules
  // What chooses among the pages of this layer is an input of the pages of layers further out.
  const keyParts = partsOf && loudly(req, () => partsOf(req))
  // In front of the whole application no middleware has put anything there.
  const present = layer.kind === 'server' ? undefined : layer.presentNames.of(req)
  const isPlain = (language ?? timeZone ?? rewritten ?? visitor ?? keyParts ?? present) === undefined
  if (isPlain) return layer.noExtraKey
  return encodeKeyParts({ kind: layer.kind, language, timeZone, rewritten, visitor, keyParts, present })
}
