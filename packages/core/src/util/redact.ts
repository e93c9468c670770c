/** Removes user names and passwords from the URLs in a text. */
export function redact(text: string): string {
  // Greedy up to the last @ before a space or quote: a password may itself hold / and @.
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s'"`]*@/gi, '$1***@')
}
