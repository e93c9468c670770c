import type { IncomingMessage } from 'node:http'
import { field } from '../node/types.js'
import { encodeKeyParts } from '../pages/key-parts.js'
import type { Layer } from './layer.js'

/**
 * Key text of all that chooses among the pages of a URL, Vary apart.
 *
 * The kind of layer is part of it: a page that `cachePage` stores at a route behind a login check must not be found by a site's
 * cache, which looks it up before that check.
 *
 * @param rewritten method and URL that a middleware made of the client's
 * @param visitor identity of a signed-in visitor
 * @throws TypeError for a key part of another type than `KeyPart` names
 */
export function extraKeyOf(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: string | undefined,
): string {
  const language = field(req, 'language')
  const timeZone = field(req, 'timeZone')
  const parts = layer.rules.keyParts?.(req)
  const isPlain = (language ?? timeZone ?? rewritten ?? visitor ?? parts) === undefined
  if (isPlain) return layer.noExtraKey
  return encodeKeyParts(layer.kind, [textOf(language), textOf(timeZone), rewritten, visitor], parts)
}

/** i18n packages put a language tag on the request, or an object that describes it. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
