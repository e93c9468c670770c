import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  answerFor,
  formatHttpDate,
  notModifiedHeaders,
  Page,
  partialHeaders,
  unsatisfiableHeaders,
} from './index.js'

const storedAt = Date.UTC(2026, 5, 1)
const modified = formatHttpDate(storedAt - 3600_000)

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
    body: Buffer.from(Array.from({ length }, (_, i) => i % 251)),
    storedAt,
    initialAge: 0,
    lifetime: 60,
  })

const position = fc.oneof(fc.nat(12), fc.constantFrom(2 ** 31, 2 ** 53, 1e30))
const length = fc.nat(12)

/** RFC 9110 §14.1.2, by counting bytes one by one. */
function selected(first: number | undefined, last: number | undefined, total: number): readonly number[] {
  const all = Array.from({ length: total }, (_, i) => i)
  if (first === undefined) return all.filter((i) => i >= total - (last ?? 0))
  return all.filter((i) => i >= first && i <= (last ?? total))
}

describe('answerFor', () => {
  const ranges = fc.tuple(fc.option(position, { nil: undefined }), fc.option(position, { nil: undefined }))

  it('gives the bytes that one range selects, or says that it selects none', () => {
    fc.assert(
      fc.property(ranges, length, ([first, last], total) => {
        fc.pre(first !== undefined || last !== undefined)
        fc.pre(first === undefined || last === undefined || last >= first)
        const range = `bytes=${digits(first)}-${digits(last)}`
        const answer = answerFor(page(total), 'GET', { range }, storedAt)
        const bytes = selected(first, last, total)
        if (bytes.length === 0) expect(answer.kind).toBe('unsatisfiable')
        else expect(answer).toEqual({ kind: 'partial', start: bytes[0], end: bytes.at(-1) })
      }),
      { numRuns: 2000 },
    )
  })

  it('gives bytes that are there, whatever is asked', () => {
    const piece = fc.constantFrom(
      'bytes',
      '=',
      '0',
      '1',
      '-',
      ',',
      ' ',
      '9',
      '\t',
      'x',
      '99999999999999999999',
      '*',
      '/',
    )
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((list) => list.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(texts, fc.boolean(), length, (text, prefixed, total) => {
        const answer = answerFor(page(total), 'GET', { range: prefixed ? `bytes=${text}` : text }, storedAt)
        if (answer.kind !== 'partial') return
        expect(answer.start).toBeGreaterThanOrEqual(0)
        expect(answer.end).toBeGreaterThanOrEqual(answer.start)
        expect(answer.end).toBeLessThan(total)
      }),
      { numRuns: 3000 },
    )
  })

  it('gives the whole page to a range of another page, of another method, or behind a condition that fails', () => {
    const range = fc.tuple(fc.nat(12), fc.nat(12)).map(([from, to]) => `bytes=${from}-${from + to}`)
    const condition = fc.constantFrom('"v2"', 'W/"v1"', '', 'never', '"v1', formatHttpDate(storedAt - 1000))
    fc.assert(
      fc.property(range, condition, length, (value, ifRange, total) => {
        const full = { kind: 'full' }
        expect(answerFor(page(total), 'GET', { range: value, 'if-range': ifRange }, storedAt)).toEqual(full)
        expect(answerFor(page(total), 'HEAD', { range: value }, storedAt)).toEqual(full)
      }),
    )
  })
})

describe('the headers of an answer', () => {
  const value = (headers: readonly string[], name: string): readonly string[] =>
    headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)

  it('tell the length and the place of what is sent, once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), fc.nat(), (total, a, b) => {
        const [start, end] = [a % total, b % total].sort((x, y) => x - y) as [number, number]
        const partial = partialHeaders(page(total), start, end)
        expect(value(partial, 'content-length')).toEqual([String(end - start + 1)])
        expect(value(partial, 'content-range')).toEqual([`bytes ${start}-${end}/${total}`])
        expect(value(unsatisfiableHeaders(page(total)), 'content-length')).toEqual(['0'])
        expect(value(notModifiedHeaders(page(total)), 'content-length')).toEqual([])
      }),
    )
  })
})

function digits(number: number | undefined): string {
  return number === undefined ? '' : BigInt(number).toString()
}
