/** Inputs that one URL's pages may depend on. Above it, its pages are not kept. */
export const MAX_INPUTS = 64

/** Returns all inputs of a URL's pages, sorted; `known` itself when none is new. */
export function mergeInputs(known: readonly string[], learned: Iterable<string>): readonly string[] {
  if (isAmong(known, learned)) return known
  const names = new Set(known)
  for (const name of learned) names.add(name)
  return names.size === known.length ? known : [...names].sort()
}

/** Most pages bring nothing new: a set of names would be made for each of them. */
function isAmong(known: readonly string[], learned: Iterable<string>): boolean {
  for (const name of learned) if (!known.includes(name)) return false
  return true
}

export function tooManyInputs(names: readonly string[]): boolean {
  return names.length > MAX_INPUTS
}
