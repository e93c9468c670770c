import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  digest,
  type HeaderMap,
  material,
  normalizeHost,
  type RequestTarget,
  targetMaterial,
  variantMaterial,
} from '../index.js'

/** Short texts of the characters that the format itself is made of: those that could imitate it. */
const tricky = fc.string({ unit: fc.constantFrom('-', ':', '0', '1', '2', 'a', ' '), maxLength: 6 })
const part = fc.option(fc.oneof(tricky, fc.string()), { nil: undefined })
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

describe('material', () => {
  it('differs for any two lists of parts that differ', () => {
    const lists = fc.array(part, { maxLength: 4 })
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const nullable = (list: typeof a): unknown => list.map((one) => one ?? null)
        expect(material(a) === material(b)).toBe(same(nullable(a), nullable(b)))
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
  ])('tells %s', (_, a, b) => expect(material(a)).not.toBe(material(b)))
})

describe('targetMaterial', () => {
  const target: RequestTarget = { method: 'GET', scheme: 'http', host: 'site.example', url: '/a?b=c' }

  it('is the material of its parts', () => {
    expect(targetMaterial(target)).toBe(material(['GET', 'http', 'site.example', '/a?b=c']))
  })

  it.each<Partial<RequestTarget>>([
    { method: 'HEAD' },
    { scheme: 'https' },
    { host: 'other.example' },
    { url: '/a?b=d' },
    { host: 'site.example/', url: 'a?b=c' },
  ])('differs with %p', (other) => {
    expect(targetMaterial({ ...target, ...other })).not.toBe(targetMaterial(target))
  })
})

describe('variantMaterial', () => {
  describe('RFC 9111 §4.1: the headers named in Vary', () => {
    it('is the same for the same values, whatever else is sent', () => {
      const names = ['accept-language', 'x-a']
      const headers = { 'accept-language': 'en', 'x-a': '1' }
      expect(variantMaterial(names, { ...headers, 'x-b': '2' })).toBe(variantMaterial(names, headers))
      expect(variantMaterial([], headers)).toBe('')
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
          expect(variantMaterial(names, left ?? {}) === variantMaterial(names, right ?? {})).toBe(equal)
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
      expect(variantMaterial(['x-a', 'x-b'], a)).not.toBe(variantMaterial(['x-a', 'x-b'], b))
    })

    it('tells lines from a header whose name is their count', () => {
      const names = ['a', '1']
      const one = variantMaterial(names, { a: '1', 1: ['x'] })
      expect(one).not.toBe(variantMaterial(names, { a: ['1'], 1: 'x' }))
    })

    it('takes a header named as something that objects inherit for absent', () => {
      expect(variantMaterial(['constructor'], {})).toBe(material(['constructor', undefined]))
    })
  })

  it('reduces Accept-Encoding', () => {
    const of = (value: string) => variantMaterial(['accept-encoding'], { 'accept-encoding': value })
    expect(of('gzip, deflate, br')).toBe(of('br,gzip , deflate;q=1'))
    expect(of('gzip')).not.toBe(of('br'))
    expect(of('')).not.toBe(variantMaterial(['accept-encoding'], {}))
  })

  it('puts values into their buckets', () => {
    const buckets = {
      'accept-language': ['en', 'fr'],
      'x-kind': (value: string | undefined) => (value === 'robot' ? 'robot' : undefined),
    }
    const of = (headers: HeaderMap) => variantMaterial(['accept-language', 'x-kind'], headers, { buckets })
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
