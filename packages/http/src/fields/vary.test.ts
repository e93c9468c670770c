import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { mergeVary, parseVary, patchVary } from '../index.js'

interface Golden {
  readonly id: string
  readonly existing?: string
  readonly names: readonly (readonly string[])[]
  readonly expected: readonly string[]
}

const golden: { readonly vary: readonly Golden[] } = JSON.parse(
  readFileSync(new URL('../fixtures/django-headers.json', import.meta.url), 'utf8'),
)

describe('parseVary', () => {
  it.each([
    [undefined, []],
    ['', []],
    [' , ,', []],
    ['Accept-Encoding', ['accept-encoding']],
    ['  Cookie ,\tACCEPT ', ['cookie', 'accept']],
    ['A, b, a', ['a', 'b']],
    [
      ['A', 'B, C'],
      ['a', 'b', 'c'],
    ],
    ['*', ['*']],
    [' * ', ['*']],
    ['Accept, *, Cookie', ['*']],
    [['Accept', '*'], ['*']],
    ['Accept, __PROTO__', ['*']],
    ['constructor, toString', ['constructor', 'tostring']],
  ])('reads %p as %p', (value, names) => expect(parseVary(value)).toEqual(names))
})

describe('patchVary', () => {
  it.each(golden.vary.map((one) => [one.id, one] as const))(
    'answers as Django: %s',
    (_, { existing, names, expected }) => {
      const patched = names.reduce<string | undefined>(patchVary, existing)
      expect(parseVary(patched)).toEqual(expected)
    },
  )

  it.each([
    ['keeps place and spelling', 'COOKIE,accept', ['Accept', 'Cookie', 'X-A'], 'COOKIE, accept, X-A'],
    ['adds a name once', undefined, ['X-A', 'x-a'], 'X-A'],
    ['is swallowed by a * that was there', 'Accept , *', ['Cookie'], '*'],
    ['is swallowed by a * that is new', 'Accept', ['Cookie', '*'], '*'],
    ['leaves out empty members', ', Accept,,', ['Cookie'], 'Accept, Cookie'],
    ['adds nothing for no names', 'A ,B', [], 'A, B'],
  ])('%s', (_, existing, names, expected) => expect(patchVary(existing, names)).toBe(expected))

  it.each(['', 'a b', 'a:b', 'a\r\nSet-Cookie'])('refuses %p, which is no field name', (name) => {
    expect(() => patchVary('Accept', [name])).toThrow(TypeError)
  })
})

describe('mergeVary', () => {
  it('is sorted, each name once', () => {
    expect(mergeVary(['b'], ['c', 'a', 'b'])).toEqual(['a', 'b', 'c'])
  })

  it('is the same list when nothing is new', () => {
    const known = ['a', 'b']
    expect(mergeVary(known, ['b'])).toBe(known)
    expect(mergeVary(known, [])).toBe(known)
  })

  it('leaves both lists as they are', () => {
    const [known, learnt] = [Object.freeze(['b']), Object.freeze(['a'])]
    expect(mergeVary(known, learnt)).toEqual(['a', 'b'])
  })
})
