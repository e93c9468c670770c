import type { HeaderMap } from '../fields/headers.js'
import { digest, keyText, type VaryMatching, variantKeyText } from './key-text.js'

/** The part of a vary record that the keys of its pages depend on. */
interface KeyedPages {
  readonly generation: string
  readonly names: readonly string[]
}

/**
 * Returns the text from which the key of a request's page is made.
 *
 * @param extraKey from `encodeKeyParts`: self-delimiting, so that the header values can't fake it
 * @param headers of the request, names in lower case
 */
export function pageKeyText(
  record: KeyedPages,
  extraKey: string,
  headers: HeaderMap,
  matching: VaryMatching,
): string {
  return `${record.generation}:${extraKey}${variantKeyText(record.names, headers, matching)}`
}

/**
 * Returns the name under which a vary record lists the page in one language. Only pages that vary
 * by Accept-Language alone are listed.
 *
 * @param language in lower case
 */
export function languageKey(extraKey: string, language: string): string {
  return digest(keyText([extraKey, language]))
}
