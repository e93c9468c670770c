import { forEach, type Steps } from './steps.js'

const EMPTY = -1
/** Bits of a hash that choose the part of the table, and slots with which a part begins. */
const [PART_BITS, FIRST_SLOTS] = [6, 16]

/**
 * Numbers for keys, from 0 on, in the order in which they come: a table without objects, which
 * costs the garbage collector nothing. It has 64 parts, of which each grows by itself, so that no
 * call takes long however many keys there are.
 */
export class Numbered {
  readonly #parts: (Part | undefined)[] = new Array<undefined>(2 ** PART_BITS).fill(undefined)
  #count = 0

  /** Keys that it knows. */
  get count(): number {
    return this.#count
  }

  /** Returns the number of a key: the count before, where it is new. */
  of(key: number): number {
    const hash = mixed(key)
    const index = hash >>> (32 - PART_BITS)
    let part = this.#parts[index]
    if (part === undefined) {
      part = new Part()
      this.#parts[index] = part
    }
    const known = part.find(key, hash)
    if (known !== EMPTY) return known
    part.add(key, hash, this.#count)
    this.#count += 1
    return this.#count - 1
  }

  /** @returns -1: the key is not known */
  find(key: number): number {
    const hash = mixed(key)
    return this.#parts[hash >>> (32 - PART_BITS)]?.find(key, hash) ?? EMPTY
  }
}

/** Part of a table: open addressing, half of it free. */
class Part {
  #keys = new Float64Array(FIRST_SLOTS)
  #numbers = new Int32Array(FIRST_SLOTS).fill(EMPTY)
  #count = 0

  find(key: number, hash: number): number {
    return this.#numbers[this.#slotOf(key, hash)] ?? EMPTY
  }

  /** @param key that is not there */
  add(key: number, hash: number, number: number): void {
    if (this.#count * 2 >= this.#keys.length) this.#grow()
    this.#put(key, hash, number)
    this.#count += 1
  }

  #put(key: number, hash: number, number: number): void {
    const slot = this.#slotOf(key, hash)
    this.#keys[slot] = key
    this.#numbers[slot] = number
  }

  #slotOf(key: number, hash: number): number {
    const mask = this.#keys.length - 1
    let slot = hash & mask
    while (this.#numbers[slot] !== EMPTY && this.#keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [keys, numbers] = [this.#keys, this.#numbers]
    this.#keys = new Float64Array(keys.length * 2)
    this.#numbers = new Int32Array(keys.length * 2).fill(EMPTY)
    for (let i = 0; i < keys.length; i += 1) {
      const [key, number] = [keys[i] ?? 0, numbers[i] ?? EMPTY]
      if (number !== EMPTY) this.#put(key, mixed(key), number)
    }
  }
}

/** Returns 32 bits of a key of up to 53. */
function mixed(key: number): number {
  const product = Math.imul((key | 0) ^ ((key / 4_194_304) | 0), 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Counts the distinct numbers that many have. */
export function* distinct<T>(all: readonly T[], of: (it: T) => number): Steps<number> {
  const numbers = new Numbered()
  yield* forEach(all, (it) => void numbers.of(of(it)))
  return numbers.count
}

/** Counts the distinct pairs of a group and a value, by the number of the group. */
export class DistinctPairs {
  readonly groups = new Numbered()
  /** Distinct values of each group. */
  readonly counts: number[] = []
  readonly #pairs = new Numbered()

  /** Pairs of all groups. */
  get count(): number {
    return this.#pairs.count
  }

  /** @param pair number of both, as `pairNumber` makes it */
  add(group: number, pair: number): void {
    const { count } = this.#pairs
    const number = this.groups.of(group)
    if (this.#pairs.of(pair) === count) this.counts[number] = (this.counts[number] ?? 0) + 1
  }
}
