/** Separates directives at commas outside quoted strings (RFC 9110 §5.6.4). */
const separator = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/

/**
 * Returns a Cache-Control without its unqualified `private`, as the response was before that was
 * added for caches downstream.
 */
export function withoutPrivate(value: string): string {
  const kept = value.split(separator).filter((directive) => directive.trim().toLowerCase() !== 'private')
  return kept
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '')
    .join(', ')
}
