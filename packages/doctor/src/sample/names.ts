/** Name in place of one that there was no room for, or that may be more than a name. */
export const OTHER = '(other)'

/** Form of what is a name: anything else, and what is longer, may be a value in its place. */
const NAME = /^[\w.:*[\]/()@?+$-]{1,64}$/

/** Numbers for names, of which there are few. The table never grows beyond its bound. */
export class Names {
  readonly #max: number
  readonly #form: RegExp
  readonly #numbers = new Map<string, number>([[OTHER, 0]])
  readonly #names: string[] = [OTHER]

  /**
   * @param max names at most
   * @param form of the names. @default that of names which visitors may send
   */
  constructor(max: number, form: RegExp = NAME) {
    this.#max = max
    this.#form = form
  }

  number(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= this.#max || !this.#form.test(name)) return 0
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  name(number: number): string {
    return this.#names[number] ?? OTHER
  }
}
