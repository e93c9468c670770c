import { describe, expect, it } from '@jest/globals'
import {
  type HeaderMap,
  notModifiedHeaders,
  Page,
  type PageInit,
  type PageResponse,
  pageResponse,
  partialResponse,
  unsatisfiableHeaders,
} from '../index.js'

const now = Date.UTC(2026, 5, 1)
const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
const base: PageInit = {
  status: 200,
  statusMessage: '',
  headers: ['ETag', '"v1"', 'Last-Modified', modified],
  removed: [],
  body: Buffer.alloc(100),
  storedAt: now,
  initialAge: 0,
  lifetime: 60,
}

const pageWith = (init: Partial<PageInit>): Page => new Page({ ...base, ...init })
const page = pageWith({})
const answer = (headers: HeaderMap, to = page, method = 'GET'): PageResponse =>
  pageResponse(to, method, headers, now)

const full: PageResponse = { kind: 'full' }
const notModified: PageResponse = { kind: 'not-modified' }
const unsatisfiable: PageResponse = { kind: 'unsatisfiable' }
const partial = (...ranges: readonly (readonly [number, number])[]): PageResponse => ({
  kind: 'partial',
  slices: ranges.map(([start, end]) => ({ start, end, body: page.body.subarray(start, end + 1) })),
})

describe('pageResponse', () => {
  it('is the whole page where nothing else is asked', () => expect(answer({})).toEqual(full))

  describe('RFC 9110 §13: conditions', () => {
    it.each<[HeaderMap, PageResponse]>([
      [{ 'if-none-match': '"v0", W/"v1"' }, notModified],
      [{ 'if-none-match': '*' }, notModified],
      [{ 'if-none-match': '"v2"' }, full],
      [{ 'if-modified-since': modified }, notModified],
      [{ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:36 GMT' }, full],
      [{ 'if-modified-since': '2026-06-01' }, full],
      [{ 'if-none-match': '"v2"', 'if-modified-since': modified }, full],
      [{ 'if-none-match': '"v1"', range: 'bytes=0-9' }, notModified],
      [{ 'if-none-match': '"v2"', range: 'bytes=0-9' }, partial([0, 9])],
    ])('%p', (headers, expected) => expect(answer(headers)).toEqual(expected))

    it('hold for HEAD', () => expect(answer({ 'if-none-match': '"v1"' }, page, 'HEAD')).toEqual(notModified))

    it.each([404, 301, 204])('are not asked of a %i (§13.2.1)', (status) => {
      const asked = { 'if-none-match': '*', range: 'bytes=0-9' }
      expect(answer(asked, pageWith({ status }))).toEqual(full)
    })
  })

  describe('RFC 9110 §14.1.2: one range of bytes', () => {
    it.each([
      ['bytes=0-0', partial([0, 0])],
      ['bytes=0-99', partial([0, 99])],
      ['bytes=10-19', partial([10, 19])],
      ['bytes=90-', partial([90, 99])],
      ['bytes=90-1000', partial([90, 99])],
      ['bytes=-10', partial([90, 99])],
      ['bytes=-100', partial([0, 99])],
      ['bytes=-1000', partial([0, 99])],
      [`bytes=-${'9'.repeat(400)}`, partial([0, 99])],
      ['Bytes= 10-19 ', partial([10, 19])],
    ])('%s', (range, expected) => expect(answer({ range })).toEqual(expected))

    it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
      'RFC 9110 §15.5.17: nothing of the body is in %s',
      (range) => expect(answer({ range })).toEqual(unsatisfiable),
    )

    it.each(['bytes=0-', 'bytes=-5'])('nothing of an empty body is in %s', (range) => {
      expect(answer({ range }, pageWith({ body: Buffer.alloc(0) }))).toEqual(unsatisfiable)
    })

    it.each([
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=9-0',
      'bytes=200-150',
      'bytes=a-b',
      'bytes=1.5-2',
      'bytes=--5',
      'bytes=0x1-0x2',
      'bytes 0-9',
      'lines=0-9',
      'bytes=0-9 10-19',
    ])('RFC 9110 §14.2: ignores %p, which is invalid', (range) => expect(answer({ range })).toEqual(full))

    it.each([
      ['bytes=0-9,20-29', partial([0, 9], [20, 29])],
      ['bytes=20-29, -5 ,0-9', partial([20, 29], [95, 99], [0, 9])],
      ['bytes=0-9,10-19', partial([0, 19])],
      ['bytes=0-50,20-29', partial([0, 50])],
      ['bytes=0-9,200-', partial([0, 9])],
      ['bytes=200-,300-', unsatisfiable],
      ['bytes=0-9,9-0', full],
      [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`).join()}`, full],
    ])('RFC 9110 §14.2: several ranges, %s', (range, expected) => {
      expect(answer({ range })).toEqual(expected)
    })

    it('is for GET alone (§14.2)', () => {
      expect(answer({ range: 'bytes=0-9' }, page, 'HEAD')).toEqual(full)
    })
  })

  describe('RFC 9110 §13.1.5: If-Range', () => {
    const inPart = (condition: string, to = page): boolean =>
      answer({ range: 'bytes=0-9', 'if-range': condition }, to).kind === 'partial'

    it.each(['"v1"', modified, 'Sunday, 06-Nov-94 08:49:37 GMT'])('holds for %s', (condition) => {
      expect(inPart(condition)).toBe(true)
    })

    it.each([
      '"v2"',
      'W/"v1"',
      '"v1", "v2"',
      '*',
      '',
      'v1',
      'Sun, 06 Nov 1994 08:49:38 GMT',
      'Sun, 06 Nov 1994 08:49:36 GMT',
      '1994-11-06T08:49:37Z',
    ])('does not hold for %p', (condition) => expect(inPart(condition)).toBe(false))

    it('does not hold for a weak validator of the page', () => {
      const weak = pageWith({ headers: ['ETag', 'W/"v1"'] })
      expect(inPart('W/"v1"', weak)).toBe(false)
      expect(inPart('"v1"', weak)).toBe(false)
    })

    it('does not hold for a date of the second in which the page was made (§8.8.2.2)', () => {
      const storedAt = Date.UTC(1994, 10, 6, 8, 49, 37)
      expect(inPart(modified, pageWith({ storedAt: storedAt + 999 }))).toBe(false)
      expect(inPart(modified, pageWith({ storedAt: storedAt + 1000 }))).toBe(true)
    })

    it('does not hold for a page without validators', () => {
      const bare = pageWith({ headers: [] })
      expect(inPart('"v1"', bare)).toBe(false)
      expect(inPart(modified, bare)).toBe(false)
    })
  })
})

const headers = [
  'Content-Type',
  'text/html',
  'CONTENT-LENGTH',
  '100',
  'Content-Encoding',
  'br',
  'Content-Language',
  'en',
  'Cache-Control',
  'max-age=60',
  'Vary',
  'Accept',
  'X-A',
  '1',
  'x-a',
  '2',
]
const rest = ['Cache-Control', 'max-age=60', 'Vary', 'Accept', 'X-A', '1', 'x-a', '2']
const dated = ['Last-Modified', modified]

describe('notModifiedHeaders', () => {
  it('RFC 9110 §15.4.5: say what a client needs to go on with what it has', () => {
    const cors = ['Access-Control-Allow-Origin', '*', 'Set-Cookie', 'a=1']
    const given = pageWith({ headers: [...headers, ...dated, ...cors] })
    expect(notModifiedHeaders(given)).toEqual([
      'Cache-Control',
      'max-age=60',
      'Vary',
      'Accept',
      ...dated,
      ...cors,
    ])
  })
})

describe('partialResponse', () => {
  const numbered = Buffer.from(Array.from({ length: 100 }, (_, i) => i))
  const slice = (start: number, end: number) => ({ start, end, body: numbered.subarray(start, end + 1) })

  it('RFC 9110 §15.3.7: has the headers of the page, with the place and length of the part', () => {
    const kept = headers.filter((_, i) => i !== 2 && i !== 3)
    const { headers: head, body } = partialResponse(pageWith({ headers, body: numbered }), [slice(10, 19)])
    expect(head).toEqual([...kept, 'Content-Range', 'bytes 10-19/100', 'Content-Length', '10'])
    expect(body).toEqual(numbered.subarray(10, 20))
  })

  it('RFC 9110 §14.6: puts several parts one behind the other', () => {
    const { headers: head, body } = partialResponse(pageWith({ headers, body: numbered }), [
      slice(65, 66),
      slice(70, 70),
    ])
    const [, boundary] = /multipart\/byteranges; boundary=([\w-]+)/.exec(String(head.at(-3))) ?? []
    const part = (range: string) =>
      `\r\n--${boundary}\r\nContent-Type: text/html\r\nContent-Range: ${range}\r\n\r\n`
    expect(body.toString('latin1')).toBe(
      `${part('bytes 65-66/100')}AB${part('bytes 70-70/100')}F\r\n--${boundary}--\r\n`,
    )
    expect(head.slice(-4)).toEqual(['Content-Type', expect.anything(), 'Content-Length', String(body.length)])
    expect(head.filter((name) => /^content-(type|range)$/i.test(name))).toHaveLength(1)
  })
})

describe('unsatisfiableHeaders', () => {
  it('RFC 9110 §15.5.17: tell the length, and nothing of the page itself', () => {
    const told = ['Content-Range', 'bytes */100', 'Content-Length', '0']
    const one = pageWith({ headers: [...headers, 'ETag', '"v1"', ...dated] })
    expect(unsatisfiableHeaders(one)).toEqual([...rest.slice(2), ...told])
  })

  it('tell no lifetime, by which others would be answered with it', () => {
    const said = ['Cache-Control', 'CDN-Cache-Control', 'Surrogate-Control', 'Expires']
    const one = pageWith({ headers: said.flatMap((name) => [name, 'max-age=60']) })
    expect(unsatisfiableHeaders(one)).toEqual(['Content-Range', 'bytes */100', 'Content-Length', '0'])
  })

  it('leave the page as it is', () => {
    const frozen = pageWith({ headers: Object.freeze([...headers]) })
    expect(() => [notModifiedHeaders, unsatisfiableHeaders].map((make) => make(frozen))).not.toThrow()
    expect(frozen.headers).toEqual(headers)
  })
})
