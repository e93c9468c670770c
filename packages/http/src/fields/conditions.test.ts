import { describe, expect, it } from '@jest/globals'
import { type HeaderMap, isNotModified } from '../index.js'

const now = Date.UTC(2026, 5, 1)
const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
const before = 'Sun, 06 Nov 1994 08:49:36 GMT'
const later = 'Sun, 06 Nov 1994 08:49:38 GMT'

const noneMatch = (value: string | readonly string[], etag?: string): boolean =>
  isNotModified({ 'if-none-match': value }, { etag }, now)
const since = (value: string, lastModified?: string): boolean =>
  isNotModified({ 'if-modified-since': value }, { 'last-modified': lastModified }, now)

describe('isNotModified', () => {
  describe('RFC 9110 §13.1.2: If-None-Match', () => {
    it.each([
      ['"v1"', '"v1"'],
      ['W/"v1"', '"v1"'],
      ['"v1"', 'W/"v1"'],
      ['W/"v1"', 'W/"v1"'],
      ['"v0", "v1"', '"v1"'],
      ['"v0" ,W/"v1",', '"v1"'],
      ['*', '"v1"'],
      ['*', undefined],
      ['"a,b"', '"a,b"'],
      ['"x", "a,b"', '"a,b"'],
      ['W/"a,b","x"', '"a,b"'],
      ['""', '""'],
      ['w/"v1"', 'w/"v1"'],
      ['W"v1"', 'W"v1"'],
      ['v1', 'v1'],
    ])('%s matches %s', (value, etag) => expect(noneMatch(value, etag)).toBe(true))

    it.each([
      ['"v2"', '"v1"'],
      ['"a"', '"a,b"'],
      ['"b"', '"a,b"'],
      ['"a,b"', '"a"'],
      ['"V1"', '"v1"'],
      ['v1', '"v1"'],
      ['"v1', '"v1"'],
      ['"v0", "v2"', '"v1"'],
      ['"v1"', undefined],
      ['', '"v1"'],
      ['', undefined],
    ])('%p does not match %s', (value, etag) => expect(noneMatch(value, etag)).toBe(false))

    it('is one list on several lines', () => expect(noneMatch(['"v0"', '"v1"'], '"v1"')).toBe(true))
  })

  describe('RFC 9110 §13.1.3: If-Modified-Since', () => {
    it.each([modified, later, 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
      'is met by %s',
      (value) => expect(since(value, modified)).toBe(true),
    )

    it.each([before, '', '0', '1994-11-06T08:49:37Z', '2026-06-01', 'Sun, 31 Nov 2025 08:49:37 GMT'])(
      'is not met by %p',
      (value) => expect(since(value, modified)).toBe(false),
    )

    it('is not met without a Last-Modified that is a date', () => {
      expect(since(modified)).toBe(false)
      expect(since(modified, '1994-11-06T08:49:37Z')).toBe(false)
    })
  })

  describe('RFC 9110 §13.2.2: precedence', () => {
    const headers: HeaderMap = { etag: '"v1"', 'last-modified': modified }

    it('does not look at If-Modified-Since beside If-None-Match', () => {
      const asked = (value: string, date: string): HeaderMap => ({
        'if-none-match': value,
        'if-modified-since': date,
      })
      expect(isNotModified(asked('"v2"', later), headers, now)).toBe(false)
      expect(isNotModified(asked('"v1"', before), headers, now)).toBe(true)
      expect(isNotModified(asked('"v1"', later), { 'last-modified': modified }, now)).toBe(false)
    })

    it('is no condition where none is given', () => expect(isNotModified({}, headers, now)).toBe(false))

    it("is not changed by the request's Cache-Control", () => {
      const asked = { 'if-none-match': '"v1"', 'cache-control': 'no-cache' }
      expect(isNotModified(asked, headers, now)).toBe(true)
    })
  })
})
