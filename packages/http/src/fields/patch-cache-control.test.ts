import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type CacheControlChanges,
  checkCacheControlChanges,
  parseCacheControl,
  patchCacheControl,
} from '../index.js'

interface Golden {
  readonly id: string
  readonly title: string
  readonly existing?: string
  readonly changes: readonly CacheControlChanges[]
  readonly expected: Readonly<Record<string, string | true | readonly string[]>>
}

const golden: { readonly cacheControl: readonly Golden[] } = JSON.parse(
  readFileSync(new URL('../fixtures/django-headers.json', import.meta.url), 'utf8'),
)

/** As the fixture has it: quotes removed, several fields as a list. */
function asMap(value: string): Golden['expected'] {
  const values = new Map<string, (string | true)[]>()
  for (const { name, raw } of parseCacheControl(value).directives) {
    values.set(name, [...(values.get(name) ?? []), raw?.replace(/^"|"$/g, '') ?? true])
  }
  const single = (all: (string | true)[]) => (all.length === 1 ? all[0] : all)
  return Object.fromEntries(Array.from(values, ([name, all]) => [name, single(all)])) as Golden['expected']
}

describe('patchCacheControl', () => {
  it.each(golden.cacheControl.map((one) => [one.id, one] as const))(
    'answers as Django: %s',
    (_, { existing, changes, expected }) => {
      const patched = changes.reduce<string | undefined>(patchCacheControl, existing)
      expect(asMap(patched ?? '')).toEqual(expected)
    },
  )

  it.each<[string, string | undefined, CacheControlChanges, string]>([
    ['sets directives in their order', undefined, { public: true, maxAge: 60 }, 'public, max-age=60'],
    ['keeps the smaller max-age', 'max-age=30', { maxAge: 60 }, 'max-age=30'],
    ['takes the smaller max-age', 'max-age=60', { maxAge: 30 }, 'max-age=30'],
    ['compares with the smallest of duplicates', 'max-age=60, max-age=20', { maxAge: 30 }, 'max-age=20'],
    ['counts a max-age that is unreadable as 0', 'max-age=abc', { maxAge: 30 }, 'max-age=0'],
    ['takes the larger s-maxage too', 's-maxage=30', { sMaxage: 60 }, 's-maxage=60'],
    [
      'cuts fractions of a second',
      undefined,
      { maxAge: 1.9, staleIfError: 2.9 },
      'max-age=1, stale-if-error=2',
    ],
    [
      'writes no exponent',
      undefined,
      { maxAge: 1e21, sMaxage: 1e22 },
      'max-age=2147483648, s-maxage=2147483648',
    ],
    ['takes public away for private', 'public, no-transform', { private: true }, 'no-transform, private'],
    ['takes private with fields away for public', 'private="X-A"', { public: true }, 'public'],
    ['leaves private alone when public is false', 'private', { public: false }, 'private'],
    ['takes a directive away', 'No-Store, max-age=60', { noStore: false }, 'max-age=60'],
    ['takes all duplicates away', 'max-age=1, x, max-age=2', { maxAge: false as never }, 'x'],
    ['leaves out what is undefined', 'no-store', { noStore: undefined as never }, 'no-store'],
    [
      'merges fields of no-cache',
      'no-cache="X-A"',
      { noCache: ['X-B', 'x-a'] },
      'no-cache="x-a", no-cache="X-B"',
    ],
    ['quotes the fields of no-cache', 'no-cache=X-A', { noCache: 'X-B' }, 'no-cache="X-A", no-cache="X-B"'],
    ['lets plain no-cache outrank fields that are new', 'no-cache', { noCache: 'X-A' }, 'no-cache'],
    ['lets plain no-cache outrank fields that were there', 'no-cache="X-A"', { noCache: true }, 'no-cache'],
    ['sets the fields of private', 'private', { private: ['X-A', 'X-B'] }, 'private="X-A, X-B"'],
    [
      'leaves unknown directives',
      'Community="U, \\"C\\" I", x=1',
      { maxAge: 1 },
      'community="U, \\"C\\" I", x=1, max-age=1',
    ],
    [
      'quotes what is no token',
      undefined,
      { 'x-a': 'a "b"\\', 'x-b': 'token', 'x-c': 5 },
      'x-a="a \\"b\\"\\\\", x-b=token, x-c=5',
    ],
    ['sets an extension without an argument', undefined, { 'x-a': true }, 'x-a'],
  ])('%s', (_, value, changes, expected) => expect(patchCacheControl(value, changes)).toBe(expected))

  it.each<CacheControlChanges>([
    { sMaxage: 60 },
    { sMaxAge: 60 },
    { s_maxage: 60 },
    { s_max_age: 60 },
    { 's-maxage': 60 },
    { 'S-MaxAge': 60 },
  ])('knows s-maxage as %p', (changes) => expect(patchCacheControl('', changes)).toBe('s-maxage=60'))

  it('knows directives as HTTP spells them, in any letter case', () => {
    const changes = { 'Max-Age': 5, 'NO-STORE': true, 'Stale-While-Revalidate': 7 }
    expect(patchCacheControl('max-age=60', changes)).toBe('max-age=5, no-store, stale-while-revalidate=7')
  })

  it('gives an extension any text, so that it can be read again', () => {
    const texts = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) })
    fc.assert(
      fc.property(texts, (text) => {
        const value = patchCacheControl('no-store', { 'x-text': text, maxAge: 5 })
        expect(parseCacheControl(value).argument('x-text')).toBe(text)
        expect(parseCacheControl(value).size).toBe(3)
      }),
    )
  })
})

describe('checkCacheControlChanges', () => {
  const check = (changes: unknown) => () => checkCacheControlChanges(changes, 'cacheControl')

  it('gives back what is good', () => {
    const changes = {
      public: true,
      private: false,
      noCache: ['X-A', 'X-B, X-C'],
      maxAge: 0,
      s_maxage: 1.5,
      immutable: undefined,
      'x-text': 'a b',
      'x-number': 5,
    }
    expect(check(changes)()).toBe(changes)
  })

  it.each([
    ['maxAge', -1],
    ['maxAge', Number.NaN],
    ['maxAge', Number.POSITIVE_INFINITY],
    ['maxAge', '60'],
    ['maxAge', true],
    ['s_maxage', null],
    ['Max-Age', -1],
    ['staleWhileRevalidate', []],
    ['stale-if-error', -5],
  ])('refuses %s: %p with a RangeError', (name, value) => {
    expect(check({ [name]: value })).toThrow(RangeError)
    expect(check({ [name]: value })).toThrow(`cacheControl.${name} must be seconds, 0 or more; got `)
  })

  it.each([
    ['public', 'yes'],
    ['noStore', 1],
    ['mustRevalidate', null],
    ['immutable', []],
    ['private', 5],
    ['private', []],
    ['private', ''],
    ['noCache', ['X-A', '']],
    ['noCache', 'X A'],
    ['noCache', ['X-A', 5]],
    ['noCache', 'X-A\r\nX-B'],
    ['x-text', 'a\nb'],
    ['x-text', '\u0100'],
    ['x-text', Number.NaN],
    ['x-text', ['a']],
    ['x-text', {}],
  ])('refuses %s: %p with a TypeError', (name, value) => {
    expect(check({ [name]: value })).toThrow(TypeError)
    expect(check({ [name]: value })).toThrow(`cacheControl.${name} must be true`)
  })

  it('refuses public beside private, however they are spelled', () => {
    expect(check({ public: true, Private: ['X-A'] })).toThrow('public and private exclude each other')
  })

  it.each(['', 'a b', 'a=b', 'a,b', 'é'])('refuses %p as a name', (name) => {
    expect(check({ [name]: true })).toThrow(TypeError)
    expect(check({ [name]: true })).toThrow("can't be a directive's name")
  })

  it.each([
    ['maxage', 'max-age'],
    ['smaxage', 's-maxage'],
    ['nostore', 'no-store'],
    ['no-stroe', 'no-store'],
    ['privat', 'private'],
    ['publik', 'public'],
    ['must_revalidat', 'must-revalidate'],
    ['staleWhileRevalidat', 'stale-while-revalidate'],
  ])('refuses %s, a near miss of %s', (name, meant) => {
    expect(check({ [name]: 60 })).toThrow(TypeError)
    expect(check({ [name]: 60 })).toThrow(`cacheControl.${name} is no directive. Did you mean ${meant}?`)
  })

  it.each(['x-ext', 'community', 'max-stale', 'min-fresh', 'only-if-cached', 'pre-check', 'group'])(
    'takes the extension %s (RFC 9111 §5.2.3)',
    (name) => expect(check({ [name]: 60 })).not.toThrow(),
  )

  it.each([[undefined], [null], ['no-store'], [[]], [60]])('refuses %p in place of an object', (changes) => {
    expect(check(changes)).toThrow(TypeError)
    expect(check(changes)).toThrow('cacheControl takes an object of directives')
  })
})
