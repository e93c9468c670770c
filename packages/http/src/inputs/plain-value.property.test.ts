import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { plainText } from './plain-value.js'

/** Texts made of what the format itself is made of, and others. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', ':', '1', '2', '}', '\\', '\ud800', 'é'), maxLength: 4 }),
  fc.constantFrom('a', 'b', '__proto__', 'toJSON', '0'),
)
const leaf = fc.oneof(
  text,
  fc.constantFrom<unknown>(null, undefined, true, false, 0, -0, 1, 12, Number.NaN, 1.5, 1n, -1n, 12n),
  fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
  fc.uint8Array({ maxLength: 2 }),
  fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
)
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.array(tie('data'), { maxLength: 3 }),
    fc.sparseArray(tie('data'), { maxLength: 3, maxNumElements: 2 }),
    fc.dictionary(text, tie('data'), { maxKeys: 3 }),
    fc.dictionary(text, tie('data'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(text, tie('data')), { maxLength: 3 }).map((list) => new Map(list)),
    fc.array(tie('data'), { maxLength: 3 }).map((list) => new Set(list)),
  ),
}))

/**
 * Entries of maps and sets as lists, everywhere: `isDeepStrictEqual` doesn't look at their order.
 */
function ordered(value: unknown): unknown {
  if (value instanceof Map) return ['Map', [...value].map(ordered)]
  if (value instanceof Set) return ['Set', [...value].map(ordered)]
  if (Array.isArray(value)) return ['Array', value.map(ordered)]
  // Of two invalid dates Node 20 says that they differ.
  if (value instanceof Date) return ['Date', value.getTime()]
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, ordered(item)] as const)
  return ['Object', Object.getPrototypeOf(value), new Map(entries)]
}

const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(ordered(a), ordered(b))

/** The same value, made in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return value
  const copy = Object.create(prototype as object | null)
  for (const [key, item] of Object.entries(value).reverse())
    Object.defineProperty(copy, key, {
      value: reversed(item),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  return copy
}

describe('plainText', () => {
  it('of two values is the same exactly when they are structurally equal', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(plainText(a)).toEqual(expect.any(String))
        expect(plainText(a) === plainText(b)).toBe(same(a, b))
      }),
      { numRuns: 5000 },
    )
  })

  it('of small values, which are often nearly equal, too', () => {
    const small = fc.oneof(leaf, fc.array(leaf, { maxLength: 2 }), fc.dictionary(text, leaf, { maxKeys: 2 }))
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(plainText(a) === plainText(b)).toBe(same(a, b))
      }),
      { numRuns: 5000 },
    )
  })

  it('does not depend on the order in which properties were set', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(plainText(reversed(value))).toBe(plainText(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws, nor is longer than it may, whatever it is given', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(anything, fc.nat(200), (value, maxBytes) => {
        const whole = plainText(value)
        const part = plainText(value, maxBytes)
        const fits = whole !== undefined && Buffer.byteLength(whole) <= maxBytes
        expect(part).toBe(fits ? whole : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  it('differs where UTF-8 would not: lone surrogates have texts of their own', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        const bytes = (value: unknown): string => Buffer.from(plainText(value) ?? '').toString('hex')
        expect(bytes(a) === bytes(b)).toBe(same(a, b))
      }),
      { numRuns: 2000 },
    )
  })
})
