import { ValueError } from '../errors.js'
import type { Entry } from './store.js'
import { bytesOf, type StoredValue } from './stored-value.js'

/** The longest text of a safe integer: -9007199254740991. */
const MAX_TEXT = 17

/**
 * Reads an integer in ASCII decimals.
 *
 * @returns undefined: the bytes are none, or not a safe one
 */
export function readInteger(bytes: Uint8Array): number | undefined {
  if (bytes.length === 0 || bytes.length > MAX_TEXT) return undefined
  const first = bytes[0]
  if (first === undefined || first > 0x39 || first < 0x2d) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

/** Writes an integer in ASCII decimals, with which remote stores can count by themselves. */
export function writeInteger(number: number): Uint8Array {
  return Buffer.from(String(number), 'latin1')
}

/**
 * Adds to a stored integer.
 *
 * @throws ValueError when the value is not an integer, or the sum is not a safe one.
 */
export function addToInteger(value: StoredValue, delta: number): { sum: number; bytes: Uint8Array } {
  const number = readInteger(bytesOf(value))
  if (number === undefined)
    throw new ValueError('incr and decr need a stored whole number; the value is not one')
  const sum = number + delta
  if (!Number.isSafeInteger(sum))
    throw new ValueError(`incr by ${delta} would leave the safe integers (±2^53 - 1)`)
  return { sum, bytes: writeInteger(sum) }
}

/** Sums of a batch, or their ValueErrors, and the entry that it leaves. */
export interface AddedBatch {
  /** undefined: nothing was added */
  readonly next: Entry | undefined
  readonly answer: readonly (number | ValueError)[]
}

/** Adds a batch to the stored integer of an entry, each delta to what the one before left. */
export function addBatchToInteger(entry: Entry, deltas: readonly number[]): AddedBatch {
  let next: Entry | undefined
  const answer = deltas.map((delta) => {
    try {
      const { sum, bytes } = addToInteger((next ?? entry).value, delta)
      next = { value: bytes, expires: entry.expires }
      return sum
    } catch (error) {
      if (error instanceof ValueError) return error
      throw error
    }
  })
  return { next, answer }
}
