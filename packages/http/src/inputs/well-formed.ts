const loneSurrogate = /\p{Cs}/u

/**
 * A text that UTF-8 can hold, another one for each text. Keys are digests of UTF-8, in which all lone
 * surrogates are one character: without this, texts that differ in them would share a page.
 */
export function wellFormedText(text: string): string {
  return text.charCodeAt(0) === BACKSLASH || loneSurrogate.test(text) ? `\\${JSON.stringify(text)}` : text
}

const BACKSLASH = 0x5c
