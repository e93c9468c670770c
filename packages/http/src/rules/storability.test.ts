import { describe, expect, it } from '@jest/globals'
import {
  formatHttpDate,
  type HeaderMap,
  type ResponseFacts,
  storability,
  type UnstorableReason,
} from '../index.js'

const now = Date.UTC(2026, 5, 1, 12)
const base: ResponseFacts = {
  policy: 'django',
  method: 'GET',
  status: 200,
  headers: {},
  requestHeaders: {},
  siteTimeout: 600,
  setCookie: 'skip',
  maxBodyBytes: 1000,
  now,
}

const judge = (facts: Partial<ResponseFacts>) => storability({ ...base, ...facts })
const reasonFor = (facts: Partial<ResponseFacts>): UnstorableReason | undefined => {
  const verdict = judge(facts)
  return verdict.storable ? undefined : verdict.reason
}
const control = (value: string, facts: Partial<ResponseFacts> = {}) =>
  reasonFor({ ...facts, headers: { ...facts.headers, 'cache-control': value } })

describe('storability', () => {
  it('stores a page with its lifetime and what it varies by', () => {
    const headers = { 'cache-control': 'max-age=60', vary: 'Accept-Language, Cookie' }
    expect(judge({ headers })).toEqual({
      storable: true,
      lifetime: { seconds: 60, source: 'max-age' },
      keepStale: 0,
      vary: ['accept-language', 'cookie'],
      without: [],
      targeted: undefined,
      field: undefined,
      directives: 'max-age=60',
    })
  })

  describe.each(['django', 'rfc9111'] as const)('RFC 9111 §3, policy %s', (policy) => {
    const facts = { policy, timeout: 60 }

    it.each<[UnstorableReason, string, Partial<ResponseFacts>]>([
      ['method', 'POST', { method: 'POST' }],
      ['method', 'HEAD', { method: 'HEAD' }],
      ['status', 'an interim status', { status: 103 }],
      ['status', '206 (§3.3)', { status: 206 }],
      ['status', '304', { status: 304 }],
      ['status', 'a status that is not allowed', { status: 404, statuses: new Set([200]) }],
      ['status', '206 even if it is allowed', { status: 206, statuses: new Set([206]) }],
      ['content-range', 'a part', { headers: { 'content-range': 'bytes 0-1/2' } }],
      ['no-store', 'no-store', { headers: { 'cache-control': 'No-Store' } }],
      ['private', 'private', { headers: { 'cache-control': 'max-age=60, private' } }],
      ['private', 'private with no field', { headers: { 'cache-control': 'private=""' } }],
      ['no-cache', 'no-cache', { headers: { 'cache-control': 'no-cache' } }],
      ['vary-star', 'Vary: * (§4.1)', { headers: { vary: 'Accept, *' } }],
      ['set-cookie', 'Set-Cookie', { headers: { 'set-cookie': ['a=b'] } }],
      ['too-large', 'a body above the limit', { headers: { 'content-length': 1001 } }],
      ['not-fresh', 'a timeout of 0', { timeout: 0 }],
      [
        'authorization',
        'a request with Authorization (§3.5)',
        { requestHeaders: { authorization: 'Basic x' } },
      ],
    ])('%s: refuses %s', (reason, _, other) => expect(reasonFor({ ...facts, ...other })).toBe(reason))

    it.each<[string, Partial<ResponseFacts>]>([
      ['a status that is allowed', { status: 404, statuses: new Set([200, 404]) }],
      [
        'any final status that says how long, where none are named',
        { status: 404, headers: { 'cache-control': 'max-age=60' } },
      ],
      ['Set-Cookie that is to be stripped', { setCookie: 'strip', headers: { 'set-cookie': ['a=b'] } }],
      ['Set-Cookie that is to be stored', { setCookie: 'store', headers: { 'set-cookie': ['a=b'] } }],
      ['a body of the limit', { headers: { 'content-length': '1000' } }],
      ['a Content-Range that means nothing (RFC 9110 §14.4)', { headers: { 'content-range': 'x' } }],
      ['a timeout that never ends', { timeout: null }],
      ['directives that it does not know', { headers: { 'cache-control': 'x-private, y="no-store"' } }],
    ])('stores %s', (_, other) => expect(reasonFor({ ...facts, ...other })).toBeUndefined())

    it.each(['public', 's-maxage=60', 'must-revalidate'])(
      'RFC 9111 §3.5: stores an answer to Authorization with %s',
      (value) => {
        expect(control(value, { ...facts, requestHeaders: { authorization: 'Basic x' } })).toBeUndefined()
      },
    )

    it('does not take max-age or proxy-revalidate for leave to share (§3.5)', () => {
      const requestHeaders = { authorization: 'Basic x' }
      expect(control('max-age=60, proxy-revalidate', { ...facts, requestHeaders })).toBe('authorization')
    })
  })

  describe('freshness', () => {
    it('names the lifetime that was not enough', () => {
      const headers = { expires: formatHttpDate(now - 5000) }
      const lifetime = { seconds: -5, source: 'expires' }
      expect(judge({ headers })).toEqual({ storable: false, reason: 'not-fresh', lifetime })
    })

    it("is the site's where the response says nothing, under 'django' alone", () => {
      expect(reasonFor({})).toBeUndefined()
      expect(reasonFor({ policy: 'rfc9111' })).toBe('not-fresh')
      expect(control('max-age=1', { policy: 'rfc9111' })).toBeUndefined()
    })
  })

  describe('what the handler can be asked about (RFC 9111 §4.3)', () => {
    const etag = '"v1"'
    const facts = { policy: 'rfc9111' } as const

    it.each<[string, HeaderMap]>([
      ['no-cache', { 'cache-control': 'no-cache, max-age=60' }],
      ['max-age=0', { 'cache-control': 'max-age=0' }],
      ['an Expires that has passed', { expires: '0' }],
      ['no word of its freshness', {}],
    ])('is stored in spite of %s, and is stale from the start', (_, headers) => {
      const verdict = judge({ ...facts, headers: { ...headers, etag } })
      expect(verdict).toMatchObject({ storable: true, keepStale: 60 })
      expect(verdict.lifetime?.seconds).toBeLessThanOrEqual(0)
      expect(reasonFor({ ...facts, headers })).toBeDefined()
      expect(reasonFor({ headers: { ...headers, etag }, timeout: 0 })).toBeDefined()
    })

    it('is not stored under a status that says nothing of itself (§3)', () => {
      expect(reasonFor({ ...facts, status: 201, headers: { etag } })).toBe('not-fresh')
    })

    it('is not stored for a timeout of 0', () => {
      expect(reasonFor({ ...facts, timeout: 0, headers: { etag } })).toBe('not-fresh')
    })
  })

  describe('private and no-cache with fields (RFC 9111 §5.2.2.4, §5.2.2.7)', () => {
    const headers = { 'cache-control': 'max-age=60, private="X-A, x-b", no-cache="X-C"' }

    it("keeps those fields out of what is stored, under policy 'rfc9111'", () => {
      expect(judge({ policy: 'rfc9111', headers })).toMatchObject({
        storable: true,
        without: ['x-a', 'x-b', 'x-c'],
        lifetime: { seconds: 60 },
      })
    })

    it("stores nothing of it under policy 'django'", () => expect(reasonFor({ headers })).toBe('private'))
  })

  describe('how long a stale page is kept', () => {
    const kept = (value: string, facts: Partial<ResponseFacts> = {}) => {
      const verdict = judge({ policy: 'rfc9111', headers: { 'cache-control': value }, ...facts })
      return verdict.storable ? verdict.keepStale : undefined
    }

    it.each([
      ['max-age=10', 60],
      ['max-age=600', 600],
      ['max-age=604800', 86_400],
      ['max-age=10, stale-while-revalidate=900', 60],
      ['max-age=10, stale-while-revalidate=900, stale-if-error=100', 900],
      ['max-age=10, stale-if-error=900', 900],
    ])('%s: %i s', (value, seconds) => expect(kept(value)).toBe(seconds))

    it("is what the application asks for, under policy 'django'", () => {
      const django = { policy: 'django' } as const
      expect(kept('max-age=600, stale-if-error=900', django)).toBe(0)
      expect(kept('max-age=600', { ...django, staleIfError: 900, staleWhileRevalidate: 30 })).toBe(900)
      expect(kept('max-age=600, must-revalidate', { ...django, staleIfError: 900 })).toBe(0)
    })
  })

  describe('RFC 9111 §3.3: a part', () => {
    const part = { 'content-range': 'bytes 0-9/100', 'cache-control': 'max-age=60' }
    const asked: Partial<ResponseFacts> = { status: 206, requestHeaders: { range: 'bytes=0-9' } }

    it("is stored under policy 'rfc9111', if it was asked for", () => {
      expect(reasonFor({ ...asked, policy: 'rfc9111', headers: part })).toBeUndefined()
      expect(reasonFor({ status: 206, policy: 'rfc9111', headers: part })).toBe('status')
      expect(reasonFor({ ...asked, headers: part })).toBe('status')
    })

    it.each(['bytes 9-0/100', 'bytes 0-100/100', 'lines 0-9/100', 'x'])('is not stored as %s', (value) => {
      const headers = { ...part, 'content-range': value }
      expect(reasonFor({ ...asked, policy: 'rfc9111', headers })).toBe('status')
    })
  })

  describe("RFC 9111 §5.2.1.5: a request's no-store", () => {
    const requestHeaders: HeaderMap = { 'cache-control': 'no-store' }

    it("is obeyed under policy 'rfc9111' alone", () => {
      expect(reasonFor({ requestHeaders })).toBeUndefined()
      expect(control('max-age=60', { policy: 'rfc9111', requestHeaders })).toBe('no-store')
    })
  })

  describe('RFC 9111 §5.2.2.3: must-understand', () => {
    const value = 'must-understand, no-store, max-age=60'

    it('outranks no-store for a status that is understood', () => {
      expect(control(value, { policy: 'rfc9111' })).toBeUndefined()
      expect(control(value, { policy: 'rfc9111', status: 404 })).toBeUndefined()
    })

    it('refuses a status that is not understood', () => {
      const facts = { policy: 'rfc9111', status: 299 } as const
      expect(control(value, facts)).toBe('status')
      expect(control('must-understand, max-age=60', facts)).toBe('status')
      expect(control('max-age=60', facts)).toBeUndefined()
    })

    it('does not outrank private', () => {
      expect(control(`${value}, private`, { policy: 'rfc9111' })).toBe('private')
    })

    it("means nothing under policy 'django'", () => {
      expect(control(value)).toBe('no-store')
      expect(control('must-understand', { status: 299 })).toBeUndefined()
    })
  })

  describe('RFC 9213 §2.2: targeted fields', () => {
    const facts = { policy: 'rfc9111', targeted: ['cdn-cache-control'] } as const

    it.each<[string, UnstorableReason]>([
      ['no-store', 'no-store'],
      ['private, max-age=60', 'private'],
    ])('are obeyed when they forbid: %s', (value, reason) => {
      const headers = { 'cache-control': 'max-age=60', 'cdn-cache-control': value }
      expect(reasonFor({ ...facts, headers })).toBe(reason)
    })

    it('allow what Cache-Control forbids to others', () => {
      const headers = { 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=60' }
      expect(judge({ ...facts, headers })).toMatchObject({ storable: true, lifetime: { seconds: 60 } })
      expect(reasonFor({ policy: 'django', headers })).toBe('no-store')
      expect(reasonFor({ ...facts, policy: 'django', headers })).toBeUndefined()
    })
  })

  describe('a body that is encoded', () => {
    const varyOf = (headers: HeaderMap) => {
      const verdict = judge({ headers })
      return verdict.storable ? verdict.vary : verdict.reason
    }

    it.each<[HeaderMap, readonly string[] | UnstorableReason]>([
      [{ 'content-encoding': 'gzip' }, ['accept-encoding']],
      [{ 'content-encoding': 'br', vary: 'Cookie' }, ['cookie', 'accept-encoding']],
      [{ 'content-encoding': 'br', vary: 'Accept-Encoding' }, ['accept-encoding']],
      [{ 'content-encoding': 'gzip', vary: '*' }, 'vary-star'],
      [{ 'content-encoding': 'Identity' }, []],
      [{ 'content-encoding': '' }, []],
      [{}, []],
    ])('varies by Accept-Encoding, said or not: %p', (headers, vary) => expect(varyOf(headers)).toEqual(vary))
  })
})
