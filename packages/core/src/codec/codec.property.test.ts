import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { msgpackCodec } from '../index.js'

const values = fc
  .anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withUnicodeString: true,
    withSparseArray: false,
    withNullPrototype: false,
    maxDepth: 3,
  })
  // In a Map, Jest takes no two invalid dates for the same.
  .filter((value) => value !== undefined && !/Invalid Date/.test(inspect(value, { depth: null })))

const encode = (value: unknown): Buffer => Buffer.from(msgpackCodec.encode(value))

/** Decodes bytes, or says that the codec refuses them. */
function decode(bytes: Uint8Array): { readonly value: unknown } | 'refused' {
  try {
    return { value: msgpackCodec.decode(bytes) }
  } catch (error) {
    // A cache takes any Error for a miss; nothing else may be thrown.
    expect(error).toBeInstanceOf(Error)
    return 'refused'
  }
}

const prototypes = [
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
  Buffer.prototype,
]
const members = (): readonly number[] => prototypes.map((prototype) => Reflect.ownKeys(prototype).length)

describe('the default codec', () => {
  it('gives back any plain data as it was, more than once', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value)
        expect(msgpackCodec.decode(bytes)).toStrictEqual(value)
        expect(msgpackCodec.decode(bytes)).toStrictEqual(value)
        expect(encode(msgpackCodec.decode(bytes)).equals(bytes)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same bytes whatever was encoded before', () => {
    fc.assert(
      fc.property(values, fc.array(values, { maxLength: 3 }), (value, others) => {
        const before = encode(value)
        for (const other of others) encode(other)
        expect(encode(value).equals(before)).toBe(true)
      }),
    )
  })

  it('shares no memory with the bytes, nor with what went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (list) => {
        for (const view of [Buffer.from(list), new Uint8Array(list), new Uint8Array(list).subarray(0)]) {
          const bytes = encode({ view })
          const back = msgpackCodec.decode(bytes) as { view: Uint8Array }
          const expected = [...view]
          bytes.fill(0)
          view.fill(0)
          expect([...back.view]).toEqual(expected)
        }
      }),
    )
  })

  it('refuses or reads bytes that have changed, and does no harm', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(6), fc.uint8Array({ maxLength: 6 }))
    const before = members()
    fc.assert(
      fc.property(values, fc.array(edit, { minLength: 1, maxLength: 4 }), (value, edits) => {
        const changed = edits.reduce<Buffer>((bytes, [from, length, insert]) => {
          const start = from % (bytes.length + 1)
          return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + length)])
        }, encode(value))
        decode(changed)
        expect(members()).toEqual(before)
        expect(Reflect.get({}, 'evil')).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses or reads any bytes at all, in a time that does not show', () => {
    const first = fc.constantFrom(0x01, 0x2d, 0x30, 0x39, 0x80, 0xdf)
    // Lengths that are claimed of arrays, maps, strings and extensions.
    const claim = fc.constantFrom(0xdd, 0xdf, 0xdb, 0xc6, 0xc9, 0xdc, 0xde, 0xd4, 0xc7, 0x4f, 0xff, 0x00)
    const bytes = fc.tuple(first, fc.array(fc.oneof(claim, fc.nat(255)), { maxLength: 40 }))
    const start = process.cpuUsage().user
    fc.assert(
      fc.property(bytes, ([marker, rest]) => {
        decode(Uint8Array.of(marker, ...rest))
      }),
      { numRuns: 2000 },
    )
    expect(process.cpuUsage().user - start).toBeLessThan(20_000_000)
  })
})
