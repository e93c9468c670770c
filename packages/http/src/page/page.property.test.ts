import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Page, VaryRecord } from '../index.js'
import { decodeContainer, encodeContainer } from './container.js'

const latin1 = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
const bytes = fc.uint8Array({ maxLength: 60 }).map((list) => Buffer.from(list))
const fieldValue = fc.string({ unit: fc.constantFrom(...'aZ09 ,;="\t\xa0\xff'), maxLength: 12 })
const fieldName = fc.constantFrom('X-A', 'x-a', 'Vary', 'ETag', 'Set-Cookie', '__proto__', '0')

const pages = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }),
    statusMessage: fieldValue,
    headers: fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 5 }).map((pairs) => pairs.flat()),
    removed: fc.uniqueArray(fc.constantFrom('x-a', 'x-b', '__proto__')),
    body: bytes,
    storedAt: fc.integer({ min: 0, max: 4e12 }),
    initialAge: fc.nat(1000),
    lifetime: fc.oneof(fc.nat(1e6), fc.constant(Number.POSITIVE_INFINITY)),
  })
  .map((init) => new Page(init))

const records = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom('accept', 'cookie', 'x-a', 'constructor')),
    generation: fc.constantFrom('g.1', 'g.2'),
    fence: fc.constantFrom('', 'f.1', 'f.2'),
    variants: fc.uniqueArray(fc.constantFrom('v1', 'v2', 'v3')),
    expires: fc.oneof(fc.nat(), fc.constant(Number.POSITIVE_INFINITY)),
  })
  .map((init) => new VaryRecord(init))

/** Each format: something of it as bytes, and what bytes of it say. */
const formats = {
  container: {
    encoded: fc
      .tuple(latin1, bytes)
      .map(([head, body]) => Buffer.concat(encodeContainer('tst1', head, body))),
    decode: (input: Uint8Array): unknown => decodeContainer('tst1', input),
  },
  page: {
    encoded: pages.map((page) => Buffer.concat(page.encode())),
    decode: (input: Uint8Array): unknown => Page.decode(input),
  },
  'vary record': {
    encoded: records.map((record) => Buffer.concat(record.encode())),
    decode: (input: Uint8Array): unknown => VaryRecord.decode(input),
  },
} as const

describe.each(Object.entries(formats))('the bytes of a %s', (_name, { encoded, decode }) => {
  it('say the same when they are read again, wherever they stand in memory', () => {
    fc.assert(
      fc.property(encoded, fc.nat(9), (whole, offset) => {
        const moved = Buffer.concat([Buffer.alloc(offset, 0xff), whole, Buffer.alloc(3)])
        expect(decode(whole)).toBeDefined()
        expect(decode(moved.subarray(offset, offset + whole.length))).toEqual(decode(whole))
      }),
    )
  })

  it('say nothing with any one byte changed', () => {
    fc.assert(
      fc.property(encoded, fc.integer({ min: 1, max: 255 }), (whole, change) => {
        for (let at = 0; at < whole.length; at += 1) {
          const changed = Buffer.from(whole)
          changed.writeUInt8(changed.readUInt8(at) ^ change, at)
          expect(decode(changed)).toBeUndefined()
        }
      }),
      { numRuns: 20 },
    )
  })

  it('say nothing with a part missing, doubled, moved or put in', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(), bytes), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(encoded, edits, (whole, list) => {
        const edited = list.reduce((input, [from, length, insert]) => {
          const start = from % (input.length + 1)
          const end = start + (length % (input.length - start + 1))
          return Buffer.concat([input.subarray(0, start), insert, input.subarray(end)])
        }, whole)
        if (!edited.equals(whole)) expect(decode(edited)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('say nothing when they are cut short, or go on', () => {
    fc.assert(
      fc.property(encoded, bytes, (whole, more) => {
        for (let length = 0; length < whole.length; length += 1)
          expect(decode(whole.subarray(0, length))).toBeUndefined()
        if (more.length > 0) expect(decode(Buffer.concat([whole, more]))).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })

  it('say nothing with the front of one and the back of another', () => {
    fc.assert(
      fc.property(encoded, encoded, fc.nat(), (a, b, at) => {
        const cut = at % Math.min(a.length, b.length)
        const joined = Buffer.concat([a.subarray(0, cut), b.subarray(cut)])
        if (!joined.equals(a) && !joined.equals(b)) expect(decode(joined)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('are never anything else, and reading never throws', () => {
    const tag = fc.constantFrom('tst1', 'scP1', 'scV1', 'scP3', 'scP4', '')
    fc.assert(
      fc.property(tag, bytes, (magic, rest) => {
        expect(decode(Buffer.concat([Buffer.from(magic), rest]))).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what a checksum lets through, because somebody made it so', () => {
  it('is a page that Node can write, or none', () => {
    const line = fc.oneof(
      fc.string(),
      latin1,
      fc.constantFrom('200', '0', '60', '60 5 0 explicit', '', 'X-A', 'a', '-1', 'NaN', '1e999'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), bytes, (lines, body) => {
        const page = Page.decode(Buffer.concat(encodeContainer('scP4', lines.join('\n'), body)))
        if (page === undefined) return
        expect(page.headers.length % 2).toBe(0)
        expect(page.headers.join('')).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
        for (const number of [page.status, page.storedAt, page.initialAge, page.age(0), page.age(4e12)])
          expect(Number.isFinite(number)).toBe(true)
        expect(Number.isNaN(page.ttl(0))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('is a vary record with a time to end, or none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(latin1, fc.constantFrom('', 'purged', '5')), { maxLength: 8 }),
        (lines) => {
          const record = VaryRecord.decode(
            Buffer.concat(encodeContainer('scV1', lines.join('\n'), Buffer.alloc(0))),
          )
          expect(Number.isNaN(record?.expires ?? 0)).toBe(false)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
