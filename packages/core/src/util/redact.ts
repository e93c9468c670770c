/** Text without the passwords of the URLs in it, and without what stands in their user names. */
export function redact(text: string): string {
  // Greedy up to the last @ before a space or quote: a password may itself hold / and @.
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s'"`]*@/gi, '$1***@')
}
