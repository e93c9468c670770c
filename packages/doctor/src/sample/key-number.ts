/** Number that stands for a text of numbers: 53 bits of a hash, which need not resist anyone. */
export class KeyNumber {
  #low = 0
  #high = 0

  begin(): this {
    this.#low = 0x811c9dc5
    this.#high = 0x9e3779b9
    return this
  }

  add(number: number): this {
    const low = Math.imul(this.#low ^ number, 0x85ebca6b)
    const high = Math.imul(this.#high ^ number, 0xc2b2ae35) + low
    this.#low = low ^ (low >>> 15)
    this.#high = high ^ (high >>> 13)
    return this
  }

  end(): number {
    return (this.#low >>> 0) * 2 ** 21 + (this.#high >>> 11)
  }
}

const number = new KeyNumber()

/** Returns a number for two numbers of up to 53 bits, in their order. */
export function pairNumber(one: number, other: number): number {
  number.begin()
  addWhole(number, one)
  addWhole(number, other)
  return number.end()
}

/** Adds a number of up to 53 bits. */
export function addWhole(to: KeyNumber, whole: number): void {
  to.add(whole | 0).add((whole / 4_294_967_296) | 0)
}
