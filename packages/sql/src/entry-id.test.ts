import { describe, expect, it } from '@jest/globals'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { entryId, type IdRange, keyFromId, MAX_ID, prefixRange } from './entry-id.js'

/** Whether a range takes a key, as the database would compare. */
function takes({ from, to, fullkey }: IdRange, key: string): boolean {
  const { id, fullkey: whole } = entryId(key)
  if (Buffer.compare(id, from) < 0 || (to !== null && Buffer.compare(id, to) >= 0)) return false
  if (fullkey === null) return true
  const bytes = whole ?? id
  return Buffer.compare(bytes, fullkey.from) >= 0 && Buffer.compare(bytes, fullkey.to) < 0
}

const someKey = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
)

describe('entryId', () => {
  it('is short enough to be indexed, and gives the key back', () => {
    fc.assert(
      fc.property(someKey, (key) => {
        const { id, fullkey } = entryId(key)
        expect(id.length).toBeLessThanOrEqual(MAX_ID)
        expect(keyFromId(id, fullkey)).toBe(key)
      }),
    )
  })

  it('keeps long keys apart that differ at the end, or from what a short key can spell', () => {
    const long = 'x'.repeat(1000)
    const ids = [`${long}a`, `${long}b`, long, 'x'.repeat(254), 'x'.repeat(255)].map((key) => entryId(key).id)
    expect(new Set(ids.map(String)).size).toBe(5)
    const { id } = entryId(long)
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(id)).toThrow()
  })

  it('keeps halves of surrogate pairs apart, which UTF-8 has no bytes for', () => {
    const ids = ['\ud800', '\ud801', '\udc00', '\ufffd', '\ud800\udc00'].map((key) => entryId(key).id)
    expect(new Set(ids.map((id) => id.toString('hex'))).size).toBe(5)
  })
})

describe('prefixRange', () => {
  it('takes what begins with the prefix, and nothing else, whatever their lengths', () => {
    fc.assert(
      fc.property(someKey, someKey, fc.nat(400), (key, other, length) => {
        const prefix = Array.from(key).slice(0, length).join('')
        expect(takes(prefixRange(prefix), key)).toBe(true)
        expect(takes(prefixRange(prefix), other)).toBe(other.startsWith(prefix))
      }),
      { numRuns: 500 },
    )
  })

  it.each([221, 222, 223, 253, 254, 255, 256, 1000])('tells prefixes of %d bytes apart', (length) => {
    const prefix = 'p'.repeat(length)
    const range = prefixRange(prefix)
    for (const rest of ['', 'x', 'x'.repeat(100)]) {
      expect(takes(range, prefix + rest)).toBe(true)
      expect(takes(range, `${prefix.slice(1)}q${rest}`)).toBe(false)
      expect(takes(range, `${prefix.slice(1)}`)).toBe(false)
    }
  })
})
