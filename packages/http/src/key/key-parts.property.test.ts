import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { type ExtraKeyParts, encodeKeyParts, type KeyPart } from '../index.js'

const part: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.constantFrom('', '0', '1', 'null', 'true', 'undefined', '"', ',', '[]', '{}', '\ud800', '\udc00'),
  fc.string({ unit: anyCharacter }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -2, max: 2 }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
)
const locale = fc.oneof(
  part,
  fc.array(part, { maxLength: 2 }),
  fc.dictionary(fc.string(), part, { maxKeys: 2 }),
)
const parts: fc.Arbitrary<ExtraKeyParts> = fc.record({
  kind: fc.constantFrom('site', 'page', 'server'),
  language: locale,
  timeZone: locale,
  rewritten: part,
  visitor: part,
  keyParts: fc.option(fc.array(part, { maxLength: 3 }), { nil: undefined }),
})

/** Two values that an application may take for different, written without JSON. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null) return (a ?? undefined) === (b ?? undefined)
  if (typeof b !== 'object' || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return names.every((name) => right.has(name) && same(left.get(name), right.get(name)))
}

/** Pairs of which many are equal, or differ in one part only. */
const pairs = fc.oneof(
  fc.tuple(parts, parts),
  fc
    .tuple(parts, fc.constantFrom('language', 'timeZone', 'rewritten', 'visitor'), part)
    .map(([a, name, value]): [ExtraKeyParts, ExtraKeyParts] => [a, { ...a, [name]: value }]),
  fc
    .tuple(parts, fc.array(part, { maxLength: 3 }))
    .map(([a, keyParts]): [ExtraKeyParts, ExtraKeyParts] => [a, { ...a, keyParts }]),
)

describe('encodeKeyParts', () => {
  it('has one text for two lists of parts exactly where they are the same', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(encodeKeyParts(a) === encodeKeyParts(b)).toBe(same(a, b))
      }),
      { numRuns: 2000 },
    )
  })

  it('is never the beginning of another text', () => {
    fc.assert(
      fc.property(pairs, fc.string(), ([a, b], rest) => {
        if (!same(a, b)) expect(encodeKeyParts(b).startsWith(encodeKeyParts(a) + rest)).toBe(false)
        expect(encodeKeyParts(a).startsWith(`${encodeKeyParts(b)}${rest}x`)).toBe(false)
      }),
    )
  })
})
