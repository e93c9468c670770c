import { describe, expect, it } from '@jest/globals'
import { type ResponseFacts, storability } from '../index.js'

const base: ResponseFacts = {
  policy: 'rfc9111',
  method: 'GET',
  status: 200,
  headers: { 'cache-control': 'public, max-age=60' },
  requestHeaders: {},
  siteTimeout: 600,
  setCookie: 'skip',
  maxBodyBytes: 1000,
  now: Date.UTC(2026, 5, 1, 12),
}
const reasonFor = (facts: Partial<ResponseFacts>): string => {
  const verdict = storability({ ...base, ...facts })
  return verdict.storable ? 'stored' : verdict.reason
}

describe('never stored, whatever the response says', () => {
  it.each([401, 407, 408, 412, 413, 414, 416, 417, 421, 425, 426, 428, 429, 431, 511])(
    'is a %i, which answers one request',
    (status) => {
      expect(reasonFor({ status })).toBe('status')
      expect(reasonFor({ status, policy: 'django', statuses: new Set([status]) })).toBe('status')
      expect(reasonFor({ status, timeout: 60, statuses: new Set([status]) })).toBe('status')
    },
  )

  it.each(['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range'])(
    'is a client error to a request with %s',
    (name) => {
      const requestHeaders = { [name]: '"a"' }
      expect(reasonFor({ status: 404, requestHeaders })).toBe('status')
      expect(reasonFor({ status: 404 })).toBe('stored')
      expect(reasonFor({ status: 200, requestHeaders })).toBe('stored')
    },
  )

  it.each([
    ['text/event-stream', 'stream'],
    ['Text/Event-Stream; charset=utf-8', 'stream'],
    ['multipart/x-mixed-replace;boundary=a', 'stream'],
    ['multipart/mixed; boundary=a', 'stored'],
    ['text/plain', 'stored'],
  ])('is %s: %s', (type, outcome) => {
    expect(reasonFor({ headers: { ...base.headers, 'content-type': type } })).toBe(outcome)
  })

  it.each(['django', 'rfc9111'] as const)(
    'is an error, a redirect or a 404 of a route with a timeout that says no lifetime (policy %s)',
    (policy) => {
      for (const status of [301, 302, 404, 410, 500, 503]) {
        const said = { policy, status, timeout: 600 }
        if (policy === 'rfc9111') expect(reasonFor({ ...said, headers: {} })).toBe('not-fresh')
        if (policy === 'rfc9111')
          expect(storability({ ...base, ...said }).lifetime).toEqual({ seconds: 60, source: 'max-age' })
        expect(reasonFor({ ...said, headers: {}, statuses: new Set([status]) })).toBe('stored')
      }
    },
  )
})
