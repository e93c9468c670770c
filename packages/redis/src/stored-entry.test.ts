import { describe, expect, it } from '@jest/globals'
import { bytesOf, StoreError } from '@sitecache/core/store'
import fc from 'fast-check'
import { decodeEntry, encodeEntry, encodeExpiry } from './stored-entry.js'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const expiry = fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
const reads = (stored: Buffer) => [...bytesOf(decodeEntry(stored).value)]

describe('what Redis keeps for a value', () => {
  it('comes back as the bytes and expiry that went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), expiry, (value, expires) => {
        const entry = decodeEntry(encodeEntry(value, expires))
        expect([...bytesOf(entry.value)]).toEqual([...value])
        expect(entry.expires === undefined ? expires : entry.expires).toBe(expires)
      }),
    )
  })

  it('of an Encodable are its pieces, in their order', () => {
    const pieces = [bytes('a page'), bytes(''), bytes(' in three pieces')]
    const page = { byteLength: 22, encode: () => pieces }
    expect(decodeEntry(encodeEntry(page, 5))).toEqual({ value: Buffer.concat(pieces), expires: 5 })
  })

  it('is the bare integer, and nothing but a safe integer is bare', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (integer) => {
        const stored = encodeEntry(bytes(String(integer)), 1)
        expect(stored.toString()).toBe(String(integer))
        expect(decodeEntry(stored)).toEqual({ value: stored, expires: undefined })
      }),
    )
    for (const text of ['', '-', '+1', '01', '-0', '1.5', '1e3', ' 1', '9007199254740992', 'Infinity']) {
      const stored = encodeEntry(bytes(text), null)
      expect(stored.length).toBe(text.length + 20)
      expect(reads(stored)).toEqual([...bytes(text)])
    }
  })

  it('lets the expiry be changed in place', () => {
    const stored = encodeEntry(bytes('value'), 1000)
    encodeExpiry(null).copy(stored, 4)
    expect(decodeEntry(stored)).toEqual({ value: bytes('value'), expires: null })
    encodeExpiry(2000).copy(stored, 4)
    expect(decodeEntry(stored).expires).toBe(2000)
  })
})

describe('what is damaged', () => {
  const stored = encodeEntry(bytes('some value that is stored'), 1_900_000_000_000)
  const page = encodeEntry({ byteLength: 30, encode: () => [Buffer.alloc(30, 'p')] }, null)

  it('at any place of the value, its length or its checksum throws when it is used', () => {
    for (let i = 0; i < stored.length; i++) {
      if (i >= 4 && i < 12) continue
      const damaged = Buffer.from(stored)
      damaged[i] = (damaged[i] ?? 0) ^ 0x10
      expect(() => reads(damaged)).toThrow(StoreError)
    }
  })

  it.each([
    ['a value', stored],
    ['a page', page],
  ])('because %s was cut short or added to throws when it is used', (_, whole) => {
    for (let cut = 0; cut < whole.length; cut++)
      expect(() => reads(whole.subarray(0, cut))).toThrow(StoreError)
    expect(() => reads(Buffer.concat([whole, bytes('x')]))).toThrow(StoreError)
  })

  it('or was never ours throws when it is used, and says so', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        fc.pre(!/^(0|-?[1-9]\d*)$/.test(Buffer.from(garbage).toString('latin1')))
        expect(() => reads(Buffer.from(garbage))).toThrow(/damaged, or was not written by this version/)
      }),
    )
    expect(() => reads(Buffer.concat([bytes('scB0'), stored.subarray(4)]))).toThrow(StoreError)
  })

  it('in its expiry is not believed when that is no time', () => {
    for (const expires of [Number.NaN, -1, 0]) {
      const damaged = Buffer.from(stored)
      damaged.writeDoubleBE(expires, 4)
      expect(() => reads(damaged)).toThrow(StoreError)
    }
  })
})
