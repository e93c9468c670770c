import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { msgpackCodec, ValueError } from '../index.js'

const roundTrip = (value: unknown) => msgpackCodec.decode(msgpackCodec.encode(value))

describe('the default codec', () => {
  it('gives back any plain data as it was', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: false,
      withNullPrototype: false,
    })
    // In a Map, Jest takes no two invalid dates for the same; they have a test of their own.
    const storable = values.filter(
      (value) => value !== undefined && !/Invalid Date/.test(inspect(value, { depth: null })),
    )
    fc.assert(
      fc.property(storable, (value) => expect(roundTrip(value)).toStrictEqual(value)),
      { numRuns: 500 },
    )
  })

  it.each([
    ['-0', [-0]],
    ['NaN and infinities', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['bigints of any size', [5n, -5n, 2n ** 63n, 2n ** 64n, -(2n ** 300n)]],
    ['undefined inside', { a: undefined, b: [undefined] }],
    ['lone surrogates, in keys too', { 'a\ud800': 'b\udc00c' }],
    ['a Map beside an object', [new Map([['a', 1]]), { a: 1 }]],
    ['keys of objects that look special', { constructor: 'a', toJSON: 1, '': 2, 1: 3 }],
    [
      'an object of 65,536 properties',
      Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`k${i}`, i])),
    ],
    [
      'long texts, as keys too',
      {
        ['k'.repeat(300)]: 'ü€😀'.repeat(200),
        '__proto__ ': [new Map([['m'.repeat(999), 'x'.repeat(70_000)]])],
      },
    ],
    ['a bigint of a thousand digits', 7n ** 1200n],
    ['many shapes', Array.from({ length: 300 }, (_, i) => ({ [`k${i}`]: i }))],
    ['numbers at the edges', [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 53, 2 ** 31, -(2 ** 31) - 1, 1.5]],
  ])('keeps %s', (_, value) => expect(roundTrip(value)).toStrictEqual(value))

  it('keeps an invalid date', () => {
    expect(Number(roundTrip(new Date(Number.NaN)))).toBeNaN()
  })

  it('keeps Buffer, Uint8Array and other typed arrays apart', () => {
    const values = [Buffer.from('a'), new Uint8Array([1]), new Float32Array([1.5]), new BigInt64Array([-1n])]
    const kinds = values.map((value) => [(roundTrip(value) as object).constructor.name, roundTrip(value)])
    expect(kinds).toEqual(values.map((value) => [value.constructor.name, value]))
  })

  it('takes the key __proto__ as a key', () => {
    const back = roundTrip(JSON.parse('{"__proto__":{"evil":true}}')) as Record<string, unknown>
    expect(Object.keys(back)).toEqual(['__proto__'])
    expect(back.evil).toBeUndefined()
  })

  it('writes safe integers as decimals, for stores that count', () => {
    const text = [0, -17, Number.MAX_SAFE_INTEGER].map((value) =>
      Buffer.from(msgpackCodec.encode(value)).toString(),
    )
    expect(text).toEqual(['0', '-17', '9007199254740991'])
  })

  it('lets a value stand twice in another', () => {
    const shared = { x: 1 }
    expect(roundTrip([shared, shared])).toEqual([{ x: 1 }, { x: 1 }])
  })

  const cycle: unknown[] = []
  cycle.push({ cycle })
  class Point {
    x = 1
  }
  it.each([
    ['undefined', undefined, /^undefined can't be stored/],
    ['a function', { a: [() => 1] }, /^a function at value\["a"\]\[0\]/],
    ['a symbol', [Symbol('x')], /^a symbol at value\[0\]/],
    ['a class instance', { p: new Point() }, /^an instance of Point at value\["p"\]/],
    ['a subclass of Map', new (class Sub extends Map {})(), /^an instance of Sub/],
    ['a promise', Promise.resolve(), /^an instance of Promise/],
    ['a WeakMap', new WeakMap(), /^an instance of WeakMap/],
    ['a regular expression', /x/, /^an instance of RegExp/],
    ['a cycle', cycle, /^a cycle at value\[0\]\["cycle"\]/],
  ])('refuses %s and says where it stands', (_, value, message) => {
    expect(() => msgpackCodec.encode(value)).toThrow(message)
    expect(() => msgpackCodec.encode(value)).toThrow(ValueError)
  })

  it('refuses what is nested too deep before the stack ends', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(() => msgpackCodec.encode(deep)).toThrow(/nested more than 500 deep/)
  })

  it('throws, and nothing worse, for garbage', () => {
    const whole = msgpackCodec.encode({ a: [1, 'two', new Map([[1, 2n]])] })
    for (let cut = 0; cut < whole.length; cut++)
      expect(() => msgpackCodec.decode(whole.subarray(0, cut))).toThrow()
  })

  it('gives Buffers back as Buffers, whatever class of bytes a store answers', () => {
    const plain = Uint8Array.from(
      msgpackCodec.encode({ inside: Buffer.from('text'), view: Uint8Array.of(1) }),
    )
    const { inside, view } = msgpackCodec.decode(plain) as { inside: unknown; view: unknown }
    expect(inside).toStrictEqual(Buffer.from('text'))
    expect(view).toStrictEqual(Uint8Array.of(1))
    const alone = msgpackCodec.decode(Uint8Array.from(msgpackCodec.encode(Buffer.from('text'))))
    expect(String(alone)).toBe('text')
  })
})
