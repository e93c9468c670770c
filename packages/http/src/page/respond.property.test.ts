import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  combineParts,
  formatHttpDate,
  isWhole,
  missingRange,
  notModifiedHeaders,
  Page,
  type Part,
  pageResponse,
  partialResponse,
  unsatisfiableHeaders,
} from '../index.js'
import { sliceOfPart, slicesOf } from './ranges.js'

const storedAt = Date.UTC(2026, 5, 1)
const modified = formatHttpDate(storedAt - 3600_000)

/** Bytes that show where they stand. */
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => i % 251))

const page = (length: number): Page =>
  new Page({
    status: 200,
    statusMessage: '',
    headers: [
      'Content-Type',
      'text/plain',
      'ETag',
      '"v1"',
      'Last-Modified',
      modified,
      'Content-Length',
      String(length),
    ],
    removed: [],
    body: bytesOf(length),
    storedAt,
    initialAge: 0,
    lifetime: 60,
  })

const position = fc.oneof(fc.nat(12), fc.constantFrom(2 ** 31, 2 ** 53, 1e30))
const length = fc.nat(12)
const spec = fc
  .tuple(fc.option(position, { nil: undefined }), fc.option(position, { nil: undefined }))
  .filter(([first, last]) => (first === undefined ? last !== undefined : last === undefined || last >= first))

type Spec = readonly [first: number | undefined, last: number | undefined]

/** RFC 9110 §14.1.2, byte by byte: is this one asked for? */
function isSelected([first, last]: Spec, at: number, total: number): boolean {
  if (first === undefined) return at >= total - (last ?? 0)
  return at >= first && at <= (last ?? total)
}

function digits(number: number | undefined): string {
  return number === undefined ? '' : BigInt(number).toString()
}

const written = (specs: readonly Spec[]): string =>
  `bytes=${specs.map(([first, last]) => `${digits(first)}-${digits(last)}`).join(', ')}`

describe('slicesOf', () => {
  it('gives each byte that is asked for, once, where it stands, and no other', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 5 }), length, (specs, total) => {
        const slices = slicesOf(bytesOf(total), written(specs))
        const wanted = [...bytesOf(total).keys()].filter((at) =>
          specs.some((one) => isSelected(one, at, total)),
        )
        if (wanted.length === 0) return expect(slices).toBe('unsatisfiable')
        if (typeof slices === 'string') throw new Error(`${written(specs)} of ${total} is ${slices}`)
        const given = slices.flatMap(({ start, body }) => [...body.keys()].map((i) => start + i))
        expect(given.toSorted((a, b) => a - b)).toEqual(wanted)
        for (const { start, end, body } of slices)
          expect(body).toEqual(bytesOf(total).subarray(start, end + 1))
      }),
      { numRuns: 3000 },
    )
  })

  it('gives no more bytes than there are, whatever is asked', () => {
    const piece = fc.constantFrom(
      '0-',
      '-1',
      '1-2',
      ',',
      ' ',
      '9',
      '-',
      'x',
      '\t',
      '99999999999999999999',
      '*',
      '0-0,',
    )
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 60 }).map((list) => list.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(texts, fc.boolean(), length, (text, prefixed, total) => {
        const slices = slicesOf(bytesOf(total), prefixed ? `bytes=${text}` : text)
        if (typeof slices === 'string') return
        expect(slices.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(total)
        for (const { start, end, body } of slices)
          expect(body).toEqual(bytesOf(total).subarray(start, end + 1))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('pageResponse', () => {
  it('gives the whole page to a range of another page, of another method, or behind a condition that fails', () => {
    const condition = fc.constantFrom('"v2"', 'W/"v1"', '', 'never', '"v1', formatHttpDate(storedAt - 1000))
    fc.assert(
      fc.property(spec, condition, length, (one, ifRange, total) => {
        const range = written([one])
        const full = { kind: 'full' }
        expect(pageResponse(page(total), 'GET', { range, 'if-range': ifRange }, storedAt)).toEqual(full)
        expect(pageResponse(page(total), 'HEAD', { range }, storedAt)).toEqual(full)
      }),
    )
  })
})

describe('partialResponse', () => {
  const value = (headers: readonly string[], name: string): readonly string[] =>
    headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)

  it('tells the length and the place of what it sends, once', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 12 }),
        (specs, total) => {
          const answer = pageResponse(page(total), 'GET', { range: written(specs) }, storedAt)
          fc.pre(answer.kind === 'partial')
          const { headers, body } = partialResponse(page(total), answer.slices)
          expect(value(headers, 'content-length')).toEqual([String(body.length)])
          const [only] = answer.slices
          const ranges = answer.slices.map(({ start, end }) => `bytes ${start}-${end}/${total}`)
          if (answer.slices.length === 1) {
            expect(value(headers, 'content-range')).toEqual(ranges)
            expect(body.equals(only?.body ?? Buffer.alloc(0))).toBe(true)
          } else {
            expect(value(headers, 'content-range')).toEqual([])
            expect(
              [...body.toString('latin1').matchAll(/Content-Range: (.*)\r\n/g)].map(([, text]) => text),
            ).toEqual(ranges)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('is told from other answers by its length', () => {
    expect(value(unsatisfiableHeaders(page(5)), 'content-length')).toEqual(['0'])
    expect(value(notModifiedHeaders(page(5)), 'content-length')).toEqual([])
  })
})

describe('parts of a representation', () => {
  const TOTAL = 12
  const parts = fc.tuple(fc.nat(TOTAL - 1), fc.nat(TOTAL - 1), fc.boolean()).map(([a, b, known]): Part => {
    const [start, end] = [Math.min(a, b), Math.max(a, b)]
    return {
      range: { start, end, total: known ? TOTAL : undefined },
      body: bytesOf(TOTAL).subarray(start, end + 1),
    }
  })

  it('are put together to what they are parts of, or not at all', () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 2, maxLength: 5 }), ([first, ...rest]) => {
        if (first === undefined) return
        const all = rest.reduce<Part | undefined>((sum, next) => sum && combineParts(sum, next), first)
        if (all === undefined) return
        const { start, end } = all.range
        expect(all.body.equals(bytesOf(TOTAL).subarray(start, end + 1))).toBe(true)
        if (isWhole(all)) expect(all.body.equals(bytesOf(TOTAL))).toBe(true)
        const missing = missingRange(all)
        if (missing === undefined) return
        const slices = slicesOf(bytesOf(TOTAL), missing)
        if (typeof slices === 'string') throw new Error(`${missing} is ${slices}`)
        const whole = slices.reduce<Part | undefined>(
          (sum, { start: from, end: to, body }) =>
            sum && combineParts(sum, { range: { start: from, end: to, total: TOTAL }, body }),
          all,
        )
        expect(whole !== undefined && isWhole(whole)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('are not put together where one is not as long as it says', () => {
    fc.assert(
      fc.property(parts, parts, fc.uint8Array({ minLength: 1, maxLength: 3 }), (a, b, more) => {
        const forged = { ...b, body: Buffer.concat([b.body, more]) }
        expect(combineParts(a, forged)).toBeUndefined()
        expect(combineParts(forged, a)).toBeUndefined()
      }),
    )
  })

  it('answer a range with the bytes that the whole would answer with, or with nothing', () => {
    fc.assert(
      fc.property(parts, spec, (part, one) => {
        const slice = sliceOfPart(part.range, part.body, written([one]))
        if (slice === undefined) return
        const wanted = [...bytesOf(TOTAL).keys()].filter((at) => isSelected(one, at, TOTAL))
        // A part that doesn't know how long the whole is can't tell where a range behind its end
        // would have ended.
        const inside = wanted.filter((at) => part.range.total !== undefined || at <= part.range.end)
        expect([slice.start, slice.end]).toEqual([inside[0], inside.at(-1)])
        expect([...slice.body]).toEqual(inside)
      }),
      { numRuns: 3000 },
    )
  })
})
