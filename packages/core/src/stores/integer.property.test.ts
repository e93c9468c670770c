import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addToInteger, readInteger, writeInteger } from './integer.js'

const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
)
const decimals = fc.string({ unit: fc.constantFrom(...'0123456789-+. e'), maxLength: 20 })

describe('a stored integer', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(integers, (number) => expect(readInteger(writeInteger(number))).toBe(number)))
  })

  it('has one form: what reads as a number is how that number is written', () => {
    const bytes = fc.oneof(
      decimals.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 20 }).map((list) => Buffer.from(list)),
    )
    fc.assert(
      fc.property(bytes, (input) => {
        const number = readInteger(input)
        if (number !== undefined) expect(Buffer.from(writeInteger(number)).equals(input)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('counts as BigInt does, and refuses a sum that a number can’t hold', () => {
    fc.assert(
      fc.property(integers, integers, (number, delta) => {
        const sum = BigInt(number) + BigInt(delta)
        const add = (): unknown => addToInteger(writeInteger(number), delta).sum
        if (sum >= Number.MIN_SAFE_INTEGER && sum <= Number.MAX_SAFE_INTEGER) expect(add()).toBe(Number(sum))
        else expect(add).toThrow(/safe integers/)
      }),
      { numRuns: 1000 },
    )
  })
})
