import { describe, expect, it } from '@jest/globals'

/** Returns the error of a comparison that does not hold. */
function thrown(compare: () => void): Error {
  try {
    compare()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it holds')
}

describe('expect, which is quick where it holds,', () => {
  it('fails as Jest’s own does, at the line of the test', () => {
    for (const compare of [
      () => expect(1).toBe(2),
      () => expect({ a: 1 }).toBe({ a: 1 }),
      () => expect({ a: [1] }).toEqual({ a: [2] }),
      () => expect(1).not.toBe(1),
      () => expect([1]).not.toEqual([1]),
      () => expect('abc').toContain('d'),
      () => expect('abc').not.toContain('b'),
      () => expect('abc').toMatch(/d/),
      () => expect('abc').not.toMatch(/b/),
    ]) {
      const { message, stack = '' } = thrown(compare)
      expect(message).toMatch(/expect\(.*received.*\)/)
      const [first] = stack.split('\n').filter((line) => /^\s+at /.test(line))
      expect(first).toContain('expect.test.ts')
    }
    expect(thrown(() => expect({ a: 1 }).toEqual({ a: 2 })).message).toContain('"a": 2')
  })

  it('compares as Jest does', () => {
    expect({ a: 1, b: undefined }).toEqual({ a: expect.any(Number) })
    expect(new Map([[1, new Set(['a'])]])).toEqual(new Map([[1, new Set(['a'])]]))
    expect(0).not.toBe(-0)
    expect(() => expect(0).toBe(-0)).toThrow()
    expect([NaN]).not.toContain(NaN)
    expect('abc').toMatch('b')
    expect(() => expect(1).not.toMatch(/2/)).toThrow('must be a string')
    expect(() => expect('1').not.toContain(2)).toThrow('expected value must be a string')
    const sticky = /b/g
    for (const text of ['ab', 'b', 'ab']) expect(text).toMatch(sticky)
    expect(() => expect(new Map([[1, 2]])).toEqual(new Map([[1, 3]]))).toThrow()
  })

  it('fails where what is compared can be read once', () => {
    const one = function* (value: number) {
      yield value
    }
    expect(() => expect(one(1)).toEqual(one(2))).toThrow('toEqual')
    expect(one(1)).toEqual(one(1))
  })

  it('counts what is compared', () => {
    expect.assertions(6)
    expect(1).toBe(1)
    expect([1]).toEqual([1])
    expect([1]).toContain(1)
    expect('ab').not.toContain('c')
    expect('ab').not.toMatch(/c/)
    expect(1).not.toBe(2)
  })
})
