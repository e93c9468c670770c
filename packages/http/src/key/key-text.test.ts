import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  digest,
  type HeaderMap,
  keyText,
  normalizeHost,
  type RequestTarget,
  targetKeyText,
  variantKeyText,
} from '../index.js'

/** Short texts of the characters that the format itself is made of: those that could imitate it. */
const tricky = fc.string({ unit: fc.constantFrom('-', ':', '0', '1', '2', 'a', ' '), maxLength: 6 })
const part = fc.option(fc.oneof(tricky, fc.string()), { nil: undefined })
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

describe('keyText', () => {
  it('differs for any two lists of parts that differ', () => {
    const lists = fc.array(part, { maxLength: 4 })
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const nullable = (list: typeof a): unknown => list.map((one) => one ?? null)
        expect(keyText(a) === keyText(b)).toBe(same(nullable(a), nullable(b)))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['absent and empty', [undefined], ['']],
    ['none and one that is absent', [], [undefined]],
    ['the parts of a whole', ['ab', 'c'], ['a', 'bc']],
    ['a part that imitates two', ['1:a1:b'], ['a', 'b']],
    ['a part that imitates an absent one', ['-'], [undefined]],
    ['an order', ['a', 'b'], ['b', 'a']],
  ])('tells %s', (_, a, b) => expect(keyText(a)).not.toBe(keyText(b)))
})

describe('targetKeyText', () => {
  const target: RequestTarget = { method: 'GET', scheme: 'http', host: 'site.example', url: '/a?b=c' }

  it('is the material of its parts', () => {
    expect(targetKeyText(target)).toBe(keyText(['GET', 'http', 'site.example', '/a?b=c']))
  })

  it.each<Partial<RequestTarget>>([
    { method: 'HEAD' },
    { scheme: 'https' },
    { host: 'other.example' },
    { url: '/a?b=d' },
    { host: 'site.example/', url: 'a?b=c' },
  ])('differs with %p', (other) => {
    expect(targetKeyText({ ...target, ...other })).not.toBe(targetKeyText(target))
  })
})

describe('variantKeyText', () => {
  describe('RFC 9111 §4.1: the headers named in Vary', () => {
    it('is the same for the same values, whatever else is sent', () => {
      const names = ['accept-language', 'x-a']
      const headers = { 'accept-language': 'en', 'x-a': '1' }
      expect(variantKeyText(names, { ...headers, 'x-b': '2' })).toBe(variantKeyText(names, headers))
      expect(variantKeyText([], headers)).toBe('')
    })

    it('differs for any two selections of values', () => {
      const value = fc.option(fc.oneof(tricky, fc.array(tricky, { maxLength: 3 })), { nil: undefined })
      const names = ['x-a', 'x-b']
      fc.assert(
        fc.property(value, value, value, value, (a, b, c, d) => {
          const [left, right]: HeaderMap[] = [
            { 'x-a': a, 'x-b': b },
            { 'x-a': c, 'x-b': d },
          ]
          const equal = same([a ?? null, b ?? null], [c ?? null, d ?? null])
          expect(variantKeyText(names, left ?? {}) === variantKeyText(names, right ?? {})).toBe(equal)
        }),
        { numRuns: 3000 },
      )
    })

    it.each<[string, HeaderMap, HeaderMap]>([
      ['an absent header and an empty one', {}, { 'x-a': '' }],
      ['values that run together', { 'x-a': 'ab', 'x-b': 'c' }, { 'x-a': 'a', 'x-b': 'bc' }],
      ['values that change places', { 'x-a': '1', 'x-b': '2' }, { 'x-a': '2', 'x-b': '1' }],
      ['one line and two', { 'x-a': 'a, b' }, { 'x-a': ['a', 'b'] }],
      ['two splittings into lines', { 'x-a': ['a', 'b, c'] }, { 'x-a': ['a, b', 'c'] }],
    ])('tells %s', (_, a, b) => {
      expect(variantKeyText(['x-a', 'x-b'], a)).not.toBe(variantKeyText(['x-a', 'x-b'], b))
    })

    it('tells lines from a header whose name is their count', () => {
      const names = ['a', '1']
      const one = variantKeyText(names, { a: '1', 1: ['x'] })
      expect(one).not.toBe(variantKeyText(names, { a: ['1'], 1: 'x' }))
    })

    it('takes a header named as something that objects inherit for absent', () => {
      expect(variantKeyText(['constructor'], {})).toBe(keyText(['constructor', undefined]))
    })
  })

  it('reduces Accept-Encoding', () => {
    const of = (value: string) => variantKeyText(['accept-encoding'], { 'accept-encoding': value })
    expect(of('gzip, deflate, br')).toBe(of('br,gzip , deflate;q=1'))
    expect(of('gzip')).not.toBe(of('br'))
    expect(of('')).not.toBe(variantKeyText(['accept-encoding'], {}))
  })

  it('puts values into their buckets', () => {
    const buckets = {
      'accept-language': ['en', 'fr'],
      'x-kind': (value: string | undefined) => (value === 'robot' ? 'robot' : undefined),
    }
    const of = (headers: HeaderMap) => variantKeyText(['accept-language', 'x-kind'], headers, { buckets })
    expect(of({ 'accept-language': 'fr-CH, en;q=0.5' })).toBe(of({ 'accept-language': 'fr' }))
    expect(of({ 'accept-language': 'fr' })).not.toBe(of({ 'accept-language': 'en' }))
    expect(of({ 'x-kind': 'human' })).toBe(of({}))
    expect(of({ 'x-kind': 'robot' })).not.toBe(of({}))
  })
})

describe('digest', () => {
  it('is SHA-256 in 43 characters that every store takes', () => {
    expect(digest('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
    fc.assert(fc.property(fc.string(), (text) => expect(digest(text)).toMatch(/^[\w-]{43}$/)))
  })
})

describe('normalizeHost', () => {
  it.each([
    ['Site.EXAMPLE', 'http', 'site.example'],
    ['site.example:80', 'http', 'site.example'],
    ['site.example:443', 'https', 'site.example'],
    ['site.example:80', 'https', 'site.example:80'],
    ['site.example:443', 'http', 'site.example:443'],
    ['site.example:8080', 'http', 'site.example:8080'],
    ['site.example:80', 'gopher', 'site.example:80'],
    ['site.example.', 'http', 'site.example'],
    ['site.example.:80', 'http', 'site.example'],
    ['site.example.:8080', 'http', 'site.example:8080'],
    ['127.0.0.1:80', 'http', '127.0.0.1'],
    ['[::1]:80', 'http', '[::1]'],
    ['[::80]', 'http', '[::80]'],
  ])('RFC 9110 §4.2.3: %s on %s is %s', (host, scheme, name) => {
    expect(normalizeHost(host, scheme)).toBe(name)
  })

  it.each(['', '.', 'a..', '..', 'a::80', 'a b.', 'a/b.', 'site.example:080'])(
    'leaves %p, which is odd, as it is',
    (host) => expect(normalizeHost(host, 'http')).toBe(host),
  )

  it('changes nothing more when it is done twice', () => {
    const hosts = fc.string({ unit: fc.constantFrom('a', 'B', '.', ':', '8', '0', '-', '['), maxLength: 9 })
    fc.assert(
      fc.property(hosts, fc.constantFrom('http', 'https'), (host, scheme) => {
        const once = normalizeHost(host, scheme)
        fc.pre(!/:80$|:443$/.test(once))
        expect(normalizeHost(once, scheme)).toBe(once)
      }),
    )
  })
})
