import { describe, expect, it } from '@jest/globals'
import { plainText } from './plain-value.js'

const never = (): never => {
  throw new Error('code of the application ran')
}
class Cart {
  items = 1
}
class Names extends Array<string> {}
class Sizes extends Map<string, number> {}
const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2 })
const cycle: Record<string, unknown> = { a: 1 }
cycle.self = { cycle }
const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

describe('plainText', () => {
  it.each<[string, unknown, unknown]>([
    ['null and undefined', null, undefined],
    ['false and 0', false, 0],
    ['0 and -0', 0, -0],
    ['1 and "1"', 1, '1'],
    ['1 and 1n', 1, 1n],
    ['NaN and Infinity', Number.NaN, Number.POSITIVE_INFINITY],
    ['a date and its number', new Date(5), 5],
    ['an invalid date and none', new Date(Number.NaN), Number.NaN],
    ['[] and {}', [], {}],
    ['{} and an object without a prototype', {}, Object.create(null)],
    ['a hole and undefined', new Array(1), [undefined]],
    ['an absent and an undefined property', {}, { a: undefined }],
    ['a map and its object', new Map([['a', 1]]), { a: 1 }],
    ['a set and its array', new Set([1]), [1]],
    ['a buffer and its bytes', Buffer.from('a'), new Uint8Array([97])],
    ['arrays of other widths', new Uint16Array([1]), new Uint8Array([1, 0])],
    ['lone surrogates', '\ud800', '\ud801'],
    ['a lone surrogate and what looks like its text', '\ud800', plainText('\ud800')],
    ['the parts of a text', ['ab', 'c'], ['a', 'bc']],
    ['where one text ends', ['a"b', 'c'], ['a', 'b"c']],
    ['a text that imitates a property', { a: 'x1:b"y' }, { a: 'x', b: 'y' }],
    ['nesting', [[1], 2], [[1, 2]]],
    ['a function and none', [() => 1], []],
  ])('tells %s', (_, a, b) => {
    expect(plainText(a)).toEqual(expect.any(String))
    expect(plainText(a)).not.toBe(plainText(b))
  })

  it('is the same whichever property was set first, and whatever functions there are', () => {
    expect(plainText({ a: 1, b: [2] })).toBe(plainText({ b: [2], f: never, a: 1 }))
  })

  it.each([[2], [16], [17], [40]])('sorts %i names', (count) => {
    const entries = Array.from({ length: count }, (_, i) => [`k${(i * 7) % count}`, i])
    const text = plainText(Object.fromEntries(entries))
    expect(plainText(Object.fromEntries(entries.reverse()))).toBe(text)
  })

  it.each<[string, unknown]>([
    ['a function', never],
    ['a symbol', Symbol('a')],
    ['a class instance', new Cart()],
    ['one inside', [{ cart: new Cart() }]],
    ['a subclass of Array', new Names('a')],
    ['a subclass of Map', new Sizes()],
    ['a boxed text', Object('a')],
    ['an expression', /a/],
    ['an error', new Error('a')],
    ['a promise', Promise.resolve(1)],
    ['a view of any bytes', new DataView(new ArrayBuffer(1))],
    ['a hidden property', hidden],
    ['a property named by a symbol', { [Symbol('a')]: 1 }],
    ['an array with more than elements', Object.assign([1], { index: 2 })],
    ['a match of an expression', /a/.exec('a')],
    ['a map with properties', Object.assign(new Map(), { a: 1 })],
    ['bytes with properties', Object.assign(Buffer.from('a'), { a: 1 })],
    ['an object that says by a method what it holds', { valid: true, toJSON: never }],
    ['one inside that others ask by name', { flags: { get: never } }],
    ['a thenable', Object.fromEntries([['then', never]])],
    ['a cycle', cycle],
    ['a text that is too long', 'a'.repeat(16_384)],
    ['a text that is too long in UTF-8', 'é'.repeat(9000)],
    ['a buffer that is too long', Buffer.alloc(2 ** 28)],
    ['an integer that is too long', 1n << 1_000_000n],
    ['a sparse array', new Array(2 ** 32 - 1)],
    ['very many elements', new Array(1_000_000).fill(0)],
    ['depth', nested(100_000)],
  ])('is undefined for %s', (_, value) => expect(plainText(value)).toBeUndefined())

  it('never runs code of the application', () => {
    const traps = new Proxy({}, { get: () => never })
    const handler = Object.create(null)
    for (const trap of ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'])
      handler[trap] = never
    const bytes = Object.defineProperty(Buffer.from('a'), 'length', { get: never })
    const date = Object.assign(new Date(1), { getTime: never })
    const values = [
      new Proxy({}, handler),
      new Proxy([], handler),
      { a: traps },
      Object.defineProperty({}, 'a', { get: never, enumerable: true }),
      Object.defineProperty({}, 'a', { set: never, enumerable: true }),
      Object.defineProperty([1], 0, { get: never }),
      bytes,
      date,
    ]
    for (const value of values) expect(plainText(value)).toBeUndefined()
    expect(plainText({ toJSON: never, valueOf: never, toString: never, a: 1 })).toBeUndefined()
    expect(plainText({ format: never, has: never, a: 1 })).toBe(plainText({ a: 1 }))
  })

  it('takes data up to the limit, counted in UTF-8', () => {
    const text = plainText('é'.repeat(10)) ?? ''
    const bytes = Buffer.byteLength(text)
    expect(plainText('é'.repeat(10), bytes)).toBe(text)
    expect(plainText('é'.repeat(10), bytes - 1)).toBeUndefined()
  })

  it('takes data of a hundred levels', () => {
    expect(plainText(nested(100))).toEqual(expect.any(String))
    expect(plainText(nested(101))).toBeUndefined()
  })
})
