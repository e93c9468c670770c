import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import {
  type HeaderMap,
  keyText,
  normalizeHost,
  splitKeyText,
  targetKeyText,
  variantKeyText,
} from '../index.js'

/** Texts made of what the format itself is made of, and any others. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('-', ':', '0', '1', '2', '9', 'a', ',', ' ', '\n', '\0'), maxLength: 7 }),
  fc.string({ unit: anyCharacter, maxLength: 5 }),
)
const name = fc.constantFrom('a', 'b', '1', '-', 'constructor', '__proto__', 'accept', 'x-a')
const value = fc.option(fc.oneof(text, fc.array(text, { maxLength: 3 })), { nil: undefined })

/** One string for each thing, by another way than the key's. */
const identity = (thing: unknown): string => JSON.stringify(thing, (_, part: unknown) => part ?? null)

/** Nearly the same, as an attacker would have it: a piece goes from one part to its neighbour. */
const moved = fc
  .tuple(fc.array(text, { minLength: 2, maxLength: 5 }), fc.nat(), fc.nat())
  .map(([parts, which, at]) => {
    const i = which % (parts.length - 1)
    const [left = '', right = ''] = parts.slice(i, i + 2)
    const both = left + right
    const cut = at % (both.length + 1)
    return [
      parts,
      [...parts.slice(0, i), both.slice(0, cut), both.slice(cut), ...parts.slice(i + 2)],
    ] as const
  })

describe('splitKeyText', () => {
  it('takes a text apart as it was put together, and lists that were joined', () => {
    const list = fc.array(fc.option(text, { nil: undefined }), { maxLength: 5 })
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(splitKeyText(keyText(one) + keyText(other))).toEqual([...one, ...other])
      }),
    )
  })

  it('ends at anything else', () => {
    expect(splitKeyText('1:a-2:b')).toEqual(['a', undefined])
    expect(splitKeyText('x')).toEqual([])
  })
})

describe('keyText', () => {
  it('of two lists is the same only if they are, though pieces go from one part to the next', () => {
    fc.assert(
      fc.property(moved, ([a, b]) => {
        expect(keyText(a) === keyText(b)).toBe(identity(a) === identity(b))
      }),
      { numRuns: 3000 },
    )
  })

  it('says where it ends: no material is the beginning of another’s', () => {
    const parts = fc.array(fc.option(text, { nil: undefined }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, text, (a, b, rest) => {
        // Of lists of one length: longer lists begin with shorter ones, and no caller mixes them.
        fc.pre(a.length === b.length && identity(a) !== identity(b))
        expect(keyText(b).startsWith(keyText(a))).toBe(false)
        expect(keyText(a) + rest === keyText(b)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('targetKeyText', () => {
  it('of two targets is the same only if they are', () => {
    const four = moved.filter(([a]) => a.length === 4)
    fc.assert(
      fc.property(four, ([a, b]) => {
        const of = ([method = '', scheme = '', host = '', url = '']: readonly string[]): string =>
          targetKeyText({ method, scheme, host, url })
        expect(of(a) === of(b)).toBe(identity(a) === identity(b))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('variantKeyText', () => {
  const names = fc.uniqueArray(name, { maxLength: 3 }).map((list) => list.sort())
  const headers = fc.array(fc.tuple(name, value), { maxLength: 4 }).map((entries): HeaderMap => {
    // As `req.headers` has them: one of the name __proto__ is no property.
    const own = entries.filter(([key]) => key !== '__proto__')
    return Object.fromEntries(own)
  })
  const chosen = (list: readonly string[], map: HeaderMap): string =>
    identity(list.map((key) => [key, Object.hasOwn(map, key) ? map[key] : undefined]))

  it('of two requests is the same only if they have the same of what counts', () => {
    fc.assert(
      fc.property(names, names, headers, headers, (a, b, left, right) => {
        const same = chosen(a, left) === chosen(b, right)
        expect(variantKeyText(a, left) === variantKeyText(b, right)).toBe(same)
      }),
      { numRuns: 3000 },
    )
  })

  it('never throws, whatever is inherited or named', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.dictionary(fc.string(), value), (list, map) => {
        expect(typeof variantKeyText(list, map)).toBe('string')
      }),
    )
  })
})

describe('normalizeHost', () => {
  const hosts = fc.string({
    unit: fc.constantFrom('a', 'B', '.', ':', '8', '0', '-', '[', ']', '@', '/', '\xc4'),
    maxLength: 10,
  })

  it('changes letter case, a default port and one trailing dot, and nothing else', () => {
    fc.assert(
      fc.property(hosts, fc.constantFrom('http', 'https', 'constructor', ''), (host, scheme) => {
        const lower = host.toLowerCase()
        const port = scheme === 'http' ? ':80' : scheme === 'https' ? ':443' : ''
        const without = port !== '' && lower.endsWith(port) ? lower.slice(0, -port.length) : lower
        const allowed = [lower, without, ...[lower, without].map((name) => name.replace(/\.(?=:\d+$|$)/, ''))]
        expect(allowed).toContain(normalizeHost(host, scheme))
      }),
      { numRuns: 2000 },
    )
  })

  it('answers the same when asked again, after any others', () => {
    const first = normalizeHost('A.example:80', 'http')
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('http', 'https', '__proto__', 'x'), (host, scheme) => {
        expect(normalizeHost(host, scheme)).toBe(normalizeHost(host, scheme))
      }),
    )
    for (let i = 0; i < 500; i += 1) normalizeHost(`h${i}`, 'http')
    expect(normalizeHost('A.example:80', 'http')).toBe(first)
  })
})
