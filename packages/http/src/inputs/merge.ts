/** Inputs that one URL's pages may depend on. Above it, its pages are not kept. */
export const MAX_INPUTS = 64

/** Returns all inputs of a URL's pages, sorted; `known` itself when none is new. */
export function mergeInputs(known: readonly string[], learned: Iterable<string>): readonly string[] {
  const names = new Set(known)
  for (const name of learned) names.add(name)
  return names.size === known.length ? known : [...names].sort()
}

export function tooManyInputs(names: readonly string[]): boolean {
  return names.length > MAX_INPUTS
}
