import { digest, keyText } from '../key/key-text.js'
import { type InputMatching, type InputSource, inputsKeyText } from './key-text.js'

/** Part of a vary record that the keys of its pages are made of. */
interface KeyedPages {
  readonly generation: string
  /** Names of the inputs that its pages depend on. */
  readonly names: readonly string[]
}

/**
 * Returns the text from which the key of a request's page is made.
 *
 * @param extraKey from `encodeKeyParts`: self-delimiting, so that the values of inputs can't fake
 *   it
 * @returns undefined where a name is of an unknown kind: no page can be told to be this request's
 */
export function pageKeyText(
  record: KeyedPages,
  extraKey: string,
  source: InputSource,
  matching: InputMatching,
): string | undefined {
  const inputs = inputsKeyText(record.names, source, matching)
  return inputs === undefined ? undefined : `${record.generation}:${extraKey}${inputs}`
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
