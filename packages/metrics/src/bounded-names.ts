/** Value of a label beyond the bound. */
export const OTHER = '(other)'
/** Value of a label that has none. */
export const NONE = '(none)'

/** Values of a label, so many at the most: the first that come. */
export class BoundedNames {
  readonly #names = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Returns the value itself; beyond the bound `(other)`. */
  of(name: string): string {
    if (this.#names.has(name)) return name
    if (this.#names.size >= this.#most) return OTHER
    this.#names.add(name)
    return name
  }
}
