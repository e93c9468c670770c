import vary from 'vary'

/**
 * Returns the names in Vary, in lower case, each once. `['*']` where one is `*` (RFC 9110 §12.5.5),
 * or `__proto__`: Node's `req.headers` hides a header of that name, so it can't be compared.
 */
export function parseVary(value: string | readonly string[] | number | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  const text = typeof value === 'object' ? value.join(',') : String(value)
  const names = new Set(text.split(',').map((name) => name.trim().toLowerCase()))
  names.delete('')
  return names.has('*') || names.has('__proto__') ? ['*'] : [...names]
}

/**
 * Returns Vary with more names, as Django's `patch_vary_headers`: existing names keep their place
 * and spelling, no name stands twice in any letter case, and `*` replaces all.
 *
 * @throws TypeError for an invalid field name
 */
export function patchVary(existing: string | undefined, names: readonly string[]): string {
  const known = (existing ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return vary.append(known.join(', '), [...names])
}

/**
 * Returns the names by which a URL's responses vary, sorted (RFC 9111 §4.1).
 *
 * @returns `known` itself when nothing is new
 */
export function mergeVary(known: readonly string[], learnt: readonly string[]): readonly string[] {
  if (learnt.every((name) => known.includes(name))) return known
  return [...new Set([...known, ...learnt])].sort()
}
