const EMPTY = -1

/**
 * Numbers for keys, from 0 on, in the order in which they come: a table without objects, which
 * costs the garbage collector nothing.
 */
export class Numbered {
  #keys: Float64Array
  #numbers: Int32Array
  #count = 0

  /** @param expected keys for which it need not grow */
  constructor(expected: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)))
    this.#keys = new Float64Array(slots)
    this.#numbers = new Int32Array(slots).fill(EMPTY)
  }

  /** Keys that it knows. */
  get count(): number {
    return this.#count
  }

  /** Returns the number of a key: the count before, where it is new. */
  of(key: number): number {
    if (this.#count * 2 >= this.#keys.length) this.#grow()
    const slot = this.#slotOf(key)
    const known = this.#numbers[slot] ?? EMPTY
    if (known !== EMPTY) return known
    this.#keys[slot] = key
    this.#numbers[slot] = this.#count
    this.#count += 1
    return this.#count - 1
  }

  /** @returns -1: the key is not known */
  find(key: number): number {
    return this.#numbers[this.#slotOf(key)] ?? EMPTY
  }

  #slotOf(key: number): number {
    const mask = this.#keys.length - 1
    const mixed = Math.imul((key | 0) ^ ((key / 4_194_304) | 0), 0x9e3779b1)
    let slot = (mixed ^ (mixed >>> 15)) & mask
    while (this.#numbers[slot] !== EMPTY && this.#keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [keys, numbers] = [this.#keys, this.#numbers]
    this.#keys = new Float64Array(keys.length * 2)
    this.#numbers = new Int32Array(keys.length * 2).fill(EMPTY)
    for (let i = 0; i < keys.length; i += 1) {
      const [key, number] = [keys[i] ?? 0, numbers[i] ?? EMPTY]
      if (number === EMPTY) continue
      const slot = this.#slotOf(key)
      this.#keys[slot] = key
      this.#numbers[slot] = number
    }
  }
}
