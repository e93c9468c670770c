import vary from 'vary'

/**
 * The names in Vary, in lower case, each once; `['*']` when a `*` is among them (RFC 9110 §12.5.5), or `__proto__`: of a request
 * header of that name Node's `req.headers` shows nothing, so that what it chooses can't be known.
 */
export function parseVary(value: string | readonly string[] | number | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  const text = typeof value === 'object' ? value.join(',') : String(value)
  const names = new Set(text.split(',').map((name) => name.trim().toLowerCase()))
  names.delete('')
  return names.has('*') || names.has('__proto__') ? ['*'] : [...names]
}

/**
 * Vary with more names, as Django's patch_vary_headers: what is there keeps its place and spelling, nothing stands twice in
 * whatever case, and `*` swallows all.
 *
 * @throws TypeError for what is no field name
 */
export function patchVary(existing: string | undefined, names: readonly string[]): string {
  const known = (existing ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return vary.append(known.join(', '), [...names])
}

/** The names by which all responses of a URL vary, sorted; `known` itself when nothing is new. */
export function mergeVary(known: readonly string[], learnt: readonly string[]): readonly string[] {
  if (learnt.every((name) => known.includes(name))) return known
  return [...new Set([...known, ...learnt])].sort()
}
