/**
 * Returns a text that UTF-8 can hold, a different one for each text. Keys are digests of UTF-8,
 * which makes all lone surrogates one character: texts that differ in them would share a page.
 */
export function wellFormedText(text: string): string {
  return text.charCodeAt(0) === BACKSLASH || !text.isWellFormed() ? `\\${JSON.stringify(text)}` : text
}

const BACKSLASH = 0x5c
