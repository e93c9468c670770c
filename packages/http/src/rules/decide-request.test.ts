import { describe, expect, it } from '@jest/globals'
import {
  bypassReason,
  decideRequest,
  type HeaderMap,
  Page,
  type PresentedRequest,
  type RequestDecision,
} from '../index.js'

const storedAt = Date.UTC(2026, 5, 1, 12)
const pageWith = (headers: readonly string[] = []): Page =>
  new Page({
    status: 200,
    statusMessage: '',
    headers,
    removed: [],
    body: Buffer.from('body'),
    storedAt,
    initialAge: 0,
    lifetime: 60,
  })
const page = pageWith()

/** A request so many seconds after the page was stored. */
function after(
  seconds: number,
  requestHeaders: HeaderMap = {},
  other: Partial<PresentedRequest> = {},
): RequestDecision {
  const now = storedAt + seconds * 1000
  return decideRequest({
    policy: 'rfc9111',
    method: 'GET',
    requestHeaders,
    page,
    hadRecord: true,
    now,
    ...other,
  })
}

const asks = (seconds: number, control: string, other?: Partial<PresentedRequest>): RequestDecision =>
  after(seconds, { 'cache-control': control }, other)

const serve: RequestDecision = { action: 'serve', page }
const serveStale: RequestDecision = { action: 'serve-stale', page, reason: 'max-stale' }
const stale: RequestDecision = { action: 'miss', reason: 'stale' }
const request: RequestDecision = { action: 'miss', reason: 'request' }

describe('decideRequest', () => {
  describe.each(['django', 'rfc9111'] as const)('RFC 9111 §4, policy %s', (policy) => {
    it.each<[string, number, Partial<PresentedRequest>, RequestDecision]>([
      ['serves a page that is fresh', 59, {}, serve],
      ['forwards when the page is stale', 60, {}, stale],
      ['forwards when no variant fits', 0, { page: undefined }, { action: 'miss', reason: 'vary-miss' }],
      [
        'forwards when nothing is stored',
        0,
        { page: undefined, hadRecord: false },
        { action: 'miss', reason: 'uri-miss' },
      ],
    ])('%s', (_, seconds, other, decision) => {
      expect(after(seconds, {}, { policy, ...other })).toEqual(decision)
    })
  })

  describe("policy 'django': clients can't put the handler to work", () => {
    it.each(['no-cache', 'no-store', 'max-age=0', 'min-fresh=999', 'only-if-cached'])(
      'serves in spite of %s',
      (control) => expect(asks(10, control, { policy: 'django' })).toEqual(serve),
    )

    it('serves in spite of Pragma', () => {
      expect(after(10, { pragma: 'no-cache' }, { policy: 'django' })).toEqual(serve)
    })

    it('serves nothing stale, whatever the client would take', () => {
      expect(asks(61, 'max-stale', { policy: 'django' })).toEqual(stale)
    })

    it('asks the handler in spite of only-if-cached', () => {
      const other = { policy: 'django', page: undefined, hadRecord: false } as const
      expect(asks(0, 'only-if-cached', other)).toEqual({ action: 'miss', reason: 'uri-miss' })
    })
  })

  describe('RFC 9111 §5.2.1.1: max-age', () => {
    it.each([
      [10, 'max-age=10', serve],
      [11, 'max-age=10', request],
      [0, 'max-age=0', serve],
      [1, 'max-age=0', request],
      [1, 'max-age=abc', request],
      [60, 'max-age=100', stale],
      [11, 'max-age=10, max-stale', request],
      [61, 'max-age=100, max-stale', serveStale],
    ])('%i s old, %s', (seconds, control, decision) => expect(asks(seconds, control)).toEqual(decision))
  })

  describe('RFC 9111 §5.2.1.2: max-stale', () => {
    it.each([
      [61, 'max-stale', serveStale],
      [1_000_000, 'max-stale', serveStale],
      [65, 'max-stale=5', serveStale],
      [66, 'max-stale=5', stale],
      [60, 'max-stale=0', serveStale],
      [61, 'max-stale=0', stale],
      [61, 'max-stale=abc', stale],
    ])('%i s old, %s', (seconds, control, decision) => expect(asks(seconds, control)).toEqual(decision))

    it.each([
      'must-revalidate',
      'proxy-revalidate',
      's-maxage=60',
      'no-cache',
      'Max-Age=60, Must-Revalidate',
    ])('RFC 9111 §4.2.4: a page that says %s is never served stale', (control) => {
      expect(asks(61, 'max-stale', { page: pageWith(['Cache-Control', control]) })).toEqual(stale)
    })

    it('reads all lines of the page', () => {
      const headers = [
        'Cache-Control',
        'max-age=60',
        'X-A',
        'cache-control',
        'cache-control',
        'must-revalidate',
      ]
      expect(asks(61, 'max-stale', { page: pageWith(headers) })).toEqual(stale)
    })

    it('takes no value for the name of a header', () => {
      const other = pageWith(['X-A', 'cache-control', 'no-cache', '1'])
      expect(asks(61, 'max-stale', { page: other })).toMatchObject({ action: 'serve-stale' })
    })
  })

  describe('RFC 9111 §5.2.1.3: min-fresh', () => {
    it.each([
      [10, 'min-fresh=50', serve],
      [11, 'min-fresh=50', request],
      [59, 'min-fresh=0', serve],
      [61, 'min-fresh=5, max-stale', request],
    ])('%i s old, %s', (seconds, control, decision) => expect(asks(seconds, control)).toEqual(decision))
  })

  describe('RFC 9111 §5.2.1.4, §5.2.1.5: no-cache and no-store', () => {
    it.each(['no-cache', 'No-Store', 'max-stale, no-cache'])('%s asks the handler', (control) => {
      expect(asks(0, control)).toEqual(request)
      expect(asks(0, control, { page: undefined })).toEqual(request)
    })
  })

  describe('RFC 9111 §5.2.1.7: only-if-cached', () => {
    it.each<[number, string, Partial<PresentedRequest>, RequestDecision]>([
      [0, 'only-if-cached', {}, serve],
      [60, 'only-if-cached', {}, { action: 'unsatisfiable', reason: 'stale' }],
      [61, 'only-if-cached, max-stale', {}, serveStale],
      [5, 'only-if-cached, max-age=4', {}, { action: 'unsatisfiable', reason: 'request' }],
      [0, 'only-if-cached', { page: undefined }, { action: 'unsatisfiable', reason: 'vary-miss' }],
      [
        0,
        'only-if-cached',
        { page: undefined, hadRecord: false },
        { action: 'unsatisfiable', reason: 'uri-miss' },
      ],
    ])('%i s old, %s, %p', (seconds, control, other, decision) => {
      expect(asks(seconds, control, other)).toEqual(decision)
    })
  })

  describe('RFC 9111 §5.4: Pragma', () => {
    it('counts as no-cache where there is no Cache-Control', () => {
      expect(after(0, { pragma: 'No-Cache' })).toEqual(request)
      expect(after(0, { pragma: 'x' })).toEqual(serve)
      expect(after(0, { pragma: 'no-cache', 'cache-control': 'max-age=60' })).toEqual(serve)
    })
  })
})

describe('a page with a validator', () => {
  const tagged = pageWith(['ETag', '"v1"'])
  const dated = pageWith(['Last-Modified', 'Sun, 06 Nov 1994 08:49:37 GMT'])

  it.each(['django', 'rfc9111'] as const)(
    'RFC 9111 §4.3: is asked about when it is stale, policy %s',
    (policy) => {
      for (const page of [tagged, dated])
        expect(after(61, {}, { page, policy })).toEqual({ action: 'validate', page, reason: 'stale' })
    },
  )

  it('is asked about when its client will not have it unasked', () => {
    expect(asks(1, 'no-cache', { page: tagged })).toMatchObject({ action: 'validate', reason: 'request' })
    expect(asks(1, 'max-age=0', { page: tagged })).toMatchObject({ action: 'validate', reason: 'request' })
    expect(asks(1, 'no-store', { page: tagged })).toEqual(request)
  })

  it('RFC 8246 §2: is not asked about in a reload while it is fresh and immutable', () => {
    const immutable = pageWith(['ETag', '"v1"', 'Cache-Control', 'max-age=60, immutable'])
    expect(asks(1, 'max-age=0', { page: immutable })).toEqual({ action: 'serve', page: immutable })
    expect(asks(1, 'no-cache', { page: immutable }).action).toBe('validate')
    expect(asks(61, 'max-age=0', { page: immutable }).action).toBe('validate')
  })
})

describe('RFC 5861 §3: stale-while-revalidate', () => {
  const says = (control: string): Page => pageWith(['Cache-Control', control])
  const served = (page: Page): RequestDecision => ({
    action: 'serve-stale',
    page,
    reason: 'stale-while-revalidate',
  })

  it('serves a page as long as it says', () => {
    const page = says('stale-while-revalidate=30')
    expect(after(90, {}, { page })).toEqual(served(page))
    expect(after(91, {}, { page })).toEqual(stale)
    expect(after(61, {}, { page, refreshing: true })).toEqual(stale)
  })

  it("serves it as long as the application says, where the page doesn't", () => {
    expect(after(90, {}, { staleWhileRevalidate: 30 })).toEqual(served(page))
    expect(after(90, {}, { policy: 'django', staleWhileRevalidate: 30 })).toEqual(served(page))
    const shorter = says('stale-while-revalidate=5')
    expect(after(90, {}, { page: shorter, staleWhileRevalidate: 30 })).toEqual(stale)
  })

  it("takes no notice of the directive under policy 'django'", () => {
    expect(after(61, {}, { page: says('stale-while-revalidate=30'), policy: 'django' })).toEqual(stale)
  })

  it.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'])(
    'is not for a page that says %s',
    (forbids) => {
      const page = says(`${forbids}, stale-while-revalidate=30`)
      expect(after(61, {}, { page, staleWhileRevalidate: 30 })).toEqual(stale)
    },
  )

  it('is not for a client that will not have a stale page', () => {
    expect(asks(61, 'max-age=60', { page: says('stale-while-revalidate=30') }).action).toBe('miss')
    expect(asks(61, 'no-cache', { page: says('stale-while-revalidate=30') }).action).toBe('miss')
  })
})

describe('RFC 9111 §3.3, §3.4: a stored part', () => {
  const part = (start: number, total: number, headers: readonly string[] = []): Page =>
    new Page({
      status: 206,
      statusMessage: '',
      headers: ['Content-Range', `bytes ${start}-${start + 9}/${total}`, ...headers],
      removed: [],
      body: Buffer.from('0123456789'),
      storedAt,
      initialAge: 0,
      lifetime: 60,
    })
  const ranged = (range: string, page: Page): RequestDecision => after(1, { range }, { page })

  it.each(['bytes=0-9', 'bytes=3-5'])('answers %s, which it holds', (range) => {
    const page = part(0, 100)
    expect(ranged(range, page)).toEqual({ action: 'serve', page })
  })

  it.each(['bytes=0-', 'bytes=5-10', 'bytes=-5', 'bytes=20-29', 'bytes=0-1,3-4', 'lines=0-1'])(
    'does not answer %s',
    (range) => expect(ranged(range, part(0, 100))).toEqual({ action: 'miss', reason: 'partial' }),
  )

  it('is never taken for the whole, which is asked for where more than one range is missing', () => {
    expect(after(1, {}, { page: part(50, 100) })).toEqual({ action: 'miss', reason: 'partial' })
  })

  it.each([
    [part(0, 100, ['ETag', '"v1"']), 'bytes=10-'],
    [part(90, 100, ['ETag', '"v1"']), 'bytes=0-89'],
    [part(0, 100), 'bytes=10-'],
  ])('has the handler asked for the rest', (page, range) => {
    expect(after(1, {}, { page })).toEqual({ action: 'complete', page, range, reason: 'partial' })
  })
})

describe('bypassReason', () => {
  it.each<[string, HeaderMap, ReturnType<typeof bypassReason>]>([
    ['GET', {}, undefined],
    ['HEAD', {}, undefined],
    ['GET', { 'content-length': '0' }, undefined],
    ['GET', { 'content-length': 0 }, undefined],
    ['POST', {}, 'method'],
    ['OPTIONS', {}, 'method'],
    ['get', {}, 'method'],
    ['GET', { 'content-length': '5' }, 'body'],
    ['GET', { 'transfer-encoding': 'chunked' }, 'body'],
    ['HEAD', { 'content-length': '' }, 'body'],
    ['GET', { upgrade: 'websocket' }, 'upgrade'],
    ['POST', { upgrade: 'websocket', 'content-length': '5' }, 'method'],
  ])('%s with %p: %p', (method, headers, reason) => expect(bypassReason(method, headers)).toBe(reason))
})
