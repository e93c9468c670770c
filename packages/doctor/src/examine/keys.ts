import type { KeyedPart, LookUp } from '../sample/look-up.js'

/** Changes of what a page's key is made of. */
export interface KeyChange {
  /** Parameters of the query that count. @default all */
  readonly param?: (part: KeyedPart) => boolean
  /** The order of parameters doesn't count. */
  readonly isSorted?: boolean
  /** Value of an input in the key; undefined: it doesn't count. @default as the key has it */
  readonly input?: (part: KeyedPart) => number | undefined
  /** The host and the scheme don't count. */
  readonly anySite?: boolean
  /** More that counts. */
  readonly more?: number | string
}

/** Returns the key of a look-up's page. */
export function keyOf(lookUp: LookUp, change: KeyChange = {}): string {
  const { layer, site, path, params, inputs } = lookUp
  let key = `${layer} ${change.anySite === true ? '' : site} ${path}?`
  const counted = change.param === undefined ? params : params.filter(change.param)
  for (const { value } of change.isSorted === true ? sorted(counted) : counted) key += `${value}&`
  for (const part of inputs) {
    const value = change.input === undefined ? part.value : change.input(part)
    if (value !== undefined) key += `|${part.name}=${value}`
  }
  return change.more === undefined ? key : `${key}#${change.more}`
}

function sorted(params: readonly KeyedPart[]): readonly KeyedPart[] {
  return [...params].sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
}
