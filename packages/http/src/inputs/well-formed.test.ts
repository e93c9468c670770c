import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { wellFormedText } from './well-formed.js'

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\ufffd', '\\', '"', 'd', 'u', 'a'), maxLength: 5 }),
  fc.string({ unit: fc.constantFrom('\ud800', 'a'), maxLength: 2 }).map((inner) => wellFormedText(inner)),
)

describe('wellFormedText', () => {
  it('leaves most texts as they are', () => expect(wellFormedText('é, 😀')).toBe('é, 😀'))

  it('has another UTF-8 for each text', () => {
    const bytes = (one: string): string => Buffer.from(wellFormedText(one)).toString('hex')
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(bytes(a) === bytes(b)).toBe(a === b)
      }),
      { numRuns: 3000 },
    )
  })
})
