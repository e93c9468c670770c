/** Name in place of one that there was no room for, or that may be more than a name. */
export const OTHER = '(other)'

/** Characters: what is longer may be a value that was put in the place of a name. */
const MAX_LENGTH = 64
const PLAIN = /^[\w.:*[\]/()@?+$-]+$/

/** Numbers for names, of which there are few. The table never grows beyond its bound. */
export class Names {
  readonly #max: number
  readonly #numbers = new Map<string, number>([[OTHER, 0]])
  readonly #names: string[] = [OTHER]

  /** @param max names at most */
  constructor(max: number) {
    this.#max = max
  }

  number(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= this.#max || name.length > MAX_LENGTH || !PLAIN.test(name)) return 0
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  name(number: number): string {
    return this.#names[number] ?? OTHER
  }
}
