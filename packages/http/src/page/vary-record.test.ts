import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Page, VaryRecord } from '../index.js'
import { encodeContainer } from './container.js'

const base = {
  names: ['accept-language', 'cookie'],
  generation: 'g1',
  fence: '',
  variants: ['k1', 'k2'],
  expires: 1_800_000_000_000,
}
const bytesOf = (record: VaryRecord): Buffer => Buffer.concat(record.encode())

/** Names of headers, generations and digests. */
const word = fc.string({ unit: fc.constantFrom(...'azAZ09-_!~'), minLength: 1 })
const records = fc
  .record({
    names: fc.array(word),
    generation: word,
    fence: fc.stringMatching(/^[\w.-]{0,60}$/),
    variants: fc.array(word),
    expires: fc.oneof(fc.integer({ min: 0, max: 8e15 }), fc.constant(Number.POSITIVE_INFINITY)),
  })
  .map((init) => new VaryRecord(init))

describe('VaryRecord.decode', () => {
  it('gives back any record that was encoded', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = bytesOf(record)
        expect(record.byteLength).toBe(bytes.length)
        expect(VaryRecord.decode(bytes)).toEqual(record)
      }),
    )
  })

  it('refuses a record that was cut short anywhere', () => {
    const bytes = bytesOf(new VaryRecord(base))
    for (let length = 0; length < bytes.length; length++)
      expect(VaryRecord.decode(bytes.subarray(0, length))).toBeUndefined()
  })

  it('refuses a record of which any byte has changed', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, at, change) => {
        const bytes = bytesOf(record)
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ change
        expect(VaryRecord.decode(bytes)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('refuses other bytes, a page among them', () => {
    const page = new Page({
      status: 200,
      statusMessage: '',
      headers: [],
      removed: [],
      body: Buffer.from('body'),
      storedAt: 0,
      initialAge: 0,
      lifetime: 60,
    })
    expect(VaryRecord.decode(Buffer.concat(page.encode()))).toBeUndefined()
    expect(Page.decode(bytesOf(new VaryRecord(base)))).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(VaryRecord.decode(bytes)).toBeUndefined()))
  })

  const forged = (head: string, body = ''): Uint8Array =>
    Buffer.concat(encodeContainer('scV2', head, Buffer.from(body)))
  const head = 'g\npurged\nInfinity\na,b'

  it('accepts the record that the next cases spoil', () => {
    expect(VaryRecord.decode(forged(head))).toMatchObject({
      names: ['a', 'b'],
      generation: 'g',
      fence: 'purged',
      variants: [],
      expires: Number.POSITIVE_INFINITY,
    })
  })

  it.each([
    ['nothing at all', ''],
    ['what ends before its names', 'g\npurged\nInfinity'],
    ['an expiry that is no number', 'g\npurged\nsoon\na,b'],
  ])('refuses %s', (_, spoilt) => expect(VaryRecord.decode(forged(spoilt))).toBeUndefined())

  it('refuses a body', () => expect(VaryRecord.decode(forged(head, 'body'))).toBeUndefined())
})
