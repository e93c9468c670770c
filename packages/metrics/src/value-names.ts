import { BoundedNames, OTHER } from './bounded-names.js'

/** Pattern of keys, and the name under which their values are counted. */
export type KeyGroup = readonly [pattern: RegExp, name: string]

/** Names of values at the most. */
const MAX_NAMES = 100

/** Keys that `wrap` makes of a function's name and a digest of its arguments. */
const wrapped = /^([A-Za-z_$][\w$ -]{0,79}):[\w-]{43}$/
/** Keys of the fragments of templates: their name, and a digest of what they vary on. */
const fragment = /^template\.fragments\.(.{1,100})\.[\w-]{43}$/

/** Kind and name of a value, by its key. */
export interface NamedValue {
  readonly kind: 'value' | 'fragment'
  readonly name: string
}

/** Names values by their keys, which are never shown: those of no group are `(other)`. */
export class ValueNames {
  readonly #groups: readonly KeyGroup[]
  readonly #values = new BoundedNames(MAX_NAMES)
  readonly #fragments = new BoundedNames(MAX_NAMES)

  constructor(groups: readonly KeyGroup[]) {
    this.#groups = groups
  }

  /** @param keyPrefix of the cache */
  of(fullKey: string, keyPrefix: string): NamedValue {
    const key = withoutPrefix(fullKey, keyPrefix)
    const group = this.#groups.find(([pattern]) => pattern.test(key))
    if (group !== undefined) return { kind: 'value', name: this.#values.of(group[1]) }
    const [, ofFragment] = fragment.exec(key) ?? []
    if (ofFragment !== undefined) return { kind: 'fragment', name: this.#fragments.of(ofFragment) }
    const [, ofFunction] = wrapped.exec(key) ?? []
    return { kind: 'value', name: ofFunction === undefined ? OTHER : this.#values.of(ofFunction) }
  }
}

/** The key without `prefix:version:`; one that a `keyFunction` has made is left as it is. */
function withoutPrefix(fullKey: string, keyPrefix: string): string {
  if (!fullKey.startsWith(`${keyPrefix}:`)) return fullKey
  return fullKey.slice(keyPrefix.length + 1).replace(/^\d+:/, '')
}
