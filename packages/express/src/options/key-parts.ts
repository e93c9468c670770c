import type { IncomingMessage } from 'node:http'
import { encodeKeyParts } from '@sitecache/http'
import { field } from '../node/types.js'
import type { Layer } from './layer.js'

/**
 * Returns the key text of everything but Vary that chooses among the pages of a URL.
 *
 * @param rewritten method and URL that a middleware made of the client's
 * @param visitor identity of a signed-in visitor
 * @throws KeyPartError for a key part of another type than `KeyPart` names
 */
export function extraKeyOf(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: string | undefined,
): string {
  const language = field(req, 'language')
  const timeZone = field(req, 'timeZone')
  const keyParts = layer.rules.keyParts?.(req)
  const isPlain = (language ?? timeZone ?? rewritten ?? visitor ?? keyParts) === undefined
  if (isPlain) return layer.noExtraKey
  return encodeKeyParts({ kind: layer.kind, language, timeZone, rewritten, visitor, keyParts })
}
