import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mergeVary, parseVary, patchVary } from '../index.js'

const word = fc.constantFrom('Accept', 'accept', 'COOKIE', 'X-A', 'x-b', '*', '__proto__', 'constructor', '')
const fields = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom('', ' ', '\t'), word, fc.constantFrom('', ' ')), { maxLength: 6 })
    .map((list) => list.map((parts) => parts.join('')).join(',')),
  fc.string(),
)
const lists = fc.array(fc.constantFrom('accept', 'cookie', 'x-a', 'x-b'), { maxLength: 5 })
const names = fc.array(fc.constantFrom('Accept', 'cookie', 'X-A', '*'), { maxLength: 4 })

describe('parseVary', () => {
  it('is a set of names in lower case, or the one name that means all', () => {
    fc.assert(
      fc.property(fields, (field) => {
        const wanted = new Set(field.split(',').map((name) => name.trim().toLowerCase()))
        wanted.delete('')
        const all = wanted.has('*') || wanted.has('__proto__')
        expect(parseVary(field)).toEqual(all ? ['*'] : [...wanted])
      }),
      { numRuns: 1000 },
    )
  })

  it('reads what it gave the same again, and lines as one list', () => {
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 3 }), (lines) => {
        const once = parseVary(lines)
        expect(parseVary(once.join(', '))).toEqual(once)
        expect(parseVary(lines.join(','))).toEqual(once)
      }),
      { numRuns: 500 },
    )
  })
})

describe('mergeVary', () => {
  it('is the union, whichever comes first and however often', () => {
    fc.assert(
      fc.property(lists, lists, lists, (a, b, c) => {
        const [known, learnt] = [mergeVary([], a), b]
        const merged = mergeVary(known, learnt)
        expect(merged).toEqual([...new Set([...a, ...b])].sort())
        expect(mergeVary(merged, learnt)).toBe(merged)
        expect(mergeVary(mergeVary(known, b), c)).toEqual(mergeVary(mergeVary(known, c), b))
      }),
    )
  })
})

describe('patchVary', () => {
  it('changes nothing more when it is done twice, and loses no name', () => {
    const legal = fc.array(fc.constantFrom('Accept', 'COOKIE', 'x-a', 'X-B', '*'), { maxLength: 5 })
    fc.assert(
      fc.property(legal, names, (existing, added) => {
        const once = patchVary(existing.join(', '), added)
        expect(patchVary(once, added)).toBe(once)
        const wanted = new Set([...existing, ...added].map((name) => name.toLowerCase()))
        expect(new Set(parseVary(once))).toEqual(wanted.has('*') ? new Set(['*']) : wanted)
      }),
    )
  })
})
