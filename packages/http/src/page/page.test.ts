import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Page, type PageInit } from '../index.js'
import { encodeContainer } from './container.js'

const base: PageInit = {
  status: 200,
  statusMessage: '',
  headers: ['Content-Type', 'text/html', 'X-A', '1', 'x-a', '2', 'ETag', '"v1"'],
  removed: ['x-powered-by'],
  body: Buffer.from('<p>body</p>'),
  storedAt: 1_800_000_000_000,
  initialAge: 0,
  lifetime: 60,
}

const page = (init: Partial<PageInit> = {}): Page => new Page({ ...base, ...init })
const bytesOf = (one: Page): Buffer => Buffer.concat(one.encode())

const unit = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((code) => String.fromCharCode(code))
const value = fc.string({ unit: fc.oneof(unit(0x20, 0x7e), unit(0x80, 0xff), fc.constant('\t')) })
const name = fc.string({ unit: fc.constantFrom(...'aZ9-_!#$.~'), minLength: 1 })
const lower = fc.string({ unit: fc.constantFrom(...'az9-_'), minLength: 1 })
const seconds = fc.double({ min: 0, max: 1e9, noNaN: true })

const pages = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }),
    statusMessage: value,
    headers: fc.array(fc.tuple(name, value)).map((pairs) => pairs.flat()),
    removed: fc.array(lower),
    body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    storedAt: fc.integer({ min: 0, max: 8e15 }),
    initialAge: seconds,
    lifetime: fc.oneof(seconds, fc.constant(Number.POSITIVE_INFINITY)),
    holes: fc.constantFrom('', '0 a', '3 greeting,3 cart'),
  })
  .map((init) => new Page(init))

describe('Page.decode', () => {
  it('gives back any page that was encoded', () => {
    fc.assert(
      fc.property(pages, (one) => {
        const bytes = bytesOf(one)
        expect(one.byteLength).toBe(bytes.length)
        const back = Page.decode(bytes)
        expect({ ...back, body: undefined }).toEqual({ ...one, body: undefined })
        expect(back?.body.equals(one.body)).toBe(true)
      }),
    )
  })

  it('keeps an empty body, and a page without headers', () => {
    const back = Page.decode(bytesOf(page({ body: Buffer.alloc(0), headers: [], removed: [] })))
    expect(back).toMatchObject({ headers: [], removed: [] })
    expect(back?.body.length).toBe(0)
  })

  it('refuses a page that was cut short anywhere', () => {
    const bytes = bytesOf(page())
    for (let length = 0; length < bytes.length; length++)
      expect(Page.decode(bytes.subarray(0, length))).toBeUndefined()
  })

  it('refuses a page with more behind it', () => {
    expect(Page.decode(Buffer.concat([bytesOf(page()), Buffer.from([0])]))).toBeUndefined()
  })

  it('refuses a page of which any byte has changed', () => {
    fc.assert(
      fc.property(pages, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
        const bytes = bytesOf(one)
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ change
        expect(Page.decode(bytes)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('refuses other bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(Page.decode(bytes)).toBeUndefined()))
  })

  it('shares its memory with the bytes', () => {
    const bytes = bytesOf(page())
    const body = Page.decode(bytes)?.body
    expect(body?.buffer).toBe(bytes.buffer)
    bytes[bytes.length - 1] = 0x21
    expect(body?.toString()).toBe('<p>body</p!')
  })

  it('takes a Uint8Array, wherever it begins in its memory', () => {
    const bytes = Buffer.concat([Buffer.from('abc'), bytesOf(page())])
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + 3, bytes.length - 3)
    expect(Page.decode(view)?.body.toString()).toBe('<p>body</p>')
  })

  const lines = ['200', '', '1800000000000', '0', '60 5 0 explicit', '', '', '', '', 'X-A', '1']
  const forged = (changes: Readonly<Record<number, string>>): Uint8Array => {
    const head = lines.map((line, i) => changes[i] ?? line).join('\n')
    return Buffer.concat(encodeContainer('scP4', head, Buffer.from('body')))
  }

  it('accepts the head that the next cases spoil', () => {
    expect(Page.decode(forged({}))).toMatchObject({ status: 200, headers: ['X-A', '1'] })
  })

  it('keeps the pattern of the route, and takes nothing else for one', () => {
    const routeOf = (route: string) => Page.decode(bytesOf(new Page({ ...page(), route })))?.route
    expect(routeOf('/articles/:id')).toBe('/articles/:id')
    expect(routeOf('')).toBe('')
    expect(routeOf('/a b\nc')).toBe('')
    expect(routeOf('/'.repeat(201))).toBe('')
    expect(Page.decode(forged({}))?.route).toBe('')
    expect(Page.decode(forged({ 4: '60 5 0 explicit /a' }))?.route).toBe('/a')
  })

  it.each<[string, Readonly<Record<number, string>>]>([
    ['a status that is no number', { 0: 'x' }],
    ['an interim status', { 0: '100' }],
    ['a status beyond all', { 0: '600' }],
    ['a reason that Node would not write', { 1: 'a\rb' }],
    ['no time', { 2: 'x' }],
    ['an age below 0', { 3: '-1' }],
    ['an age without an end', { 3: 'Infinity' }],
    ['a lifetime that is no number', { 4: 'NaN 5 0 explicit' }],
    ['a time to render that is no number', { 4: '60' }],
    ['a clock that is none', { 4: '60 5 1.5 explicit' }],
    ['a time to render below 0', { 4: '60 -1 0 explicit' }],
    ['a time to render without an end', { 4: '60 Infinity 0 explicit' }],
    ['a lifetime of no known basis', { 4: '60 5 0 guess' }],
    ['a lifetime of no basis', { 4: '60 5 0' }],
    ['directives that would split the response', { 6: 'a\rb' }],
    ['a removed name that is none', { 8: 'a b' }],
    ['a name that is none', { 9: 'X A' }],
    ['an empty name', { 9: '' }],
    ['a value that would split the response', { 10: '1\rSet-Cookie: a' }],
    ['a name without a value', { 10: '1\nX-B' }],
  ])('refuses %s', (_, changes) => expect(Page.decode(forged(changes))).toBeUndefined())
})

describe('Page.encode', () => {
  it('does not copy the body', () => expect(page().encode()[1]).toBe(base.body))
})

describe('Page.tags', () => {
  it.each([[[]], [['a']], [['a', 'ä b', '%', 'line\nbreak', '', '\ud800'.slice(1)]]])(
    '%j come back',
    (tags) => {
      const decoded = Page.decode(Buffer.concat(page({ tags, since: 7 }).encode()))
      expect([decoded?.tags, decoded?.since, decoded?.hasTags]).toEqual([tags, 7, tags.length > 0])
    },
  )
})

describe('Page.header', () => {
  it('is the first of that name, in whatever letter case', () => {
    expect(page().header('x-a')).toBe('1')
    expect(page().header('content-type')).toBe('text/html')
    expect(page().header('x-b')).toBeUndefined()
  })

  it('is never a value', () => {
    expect(page({ headers: ['X-A', 'etag', 'X-B', '2'] }).header('etag')).toBeUndefined()
  })

  it('makes the validators', () => {
    expect(page().etag).toBe('"v1"')
    expect(page().lastModified).toBeUndefined()
  })
})

describe('RFC 9111 §4.2: age and freshness', () => {
  const { storedAt } = base
  const after = (one: Page, ms: number) => {
    const now = storedAt + ms
    return { age: one.age(now), ttl: one.ttl(now), fresh: one.isFresh(now) }
  }

  it.each([
    [0, { age: 0, ttl: 60, fresh: true }],
    [999, { age: 0, ttl: 60, fresh: true }],
    [1000, { age: 1, ttl: 59, fresh: true }],
    [59_999, { age: 59, ttl: 1, fresh: true }],
    [60_000, { age: 60, ttl: 0, fresh: false }],
    [75_500, { age: 75, ttl: -15, fresh: false }],
    [-5000, { age: 0, ttl: 60, fresh: true }],
    [-10_001, { age: 0, ttl: 60, fresh: false }],
    [-86_400_000, { age: 0, ttl: 60, fresh: false }],
  ])('counts from when it was stored: %i ms after', (ms, expected) => {
    expect(after(page(), ms)).toEqual(expected)
  })

  it('counts the age that it had (§4.2.3)', () => {
    const one = page({ initialAge: 20.5 })
    expect(one.expires).toBe(storedAt + 39_500)
    expect(after(one, 0)).toEqual({ age: 20, ttl: 40, fresh: true })
    expect(after(one, 39_499)).toEqual({ age: 59, ttl: 1, fresh: true })
    expect(after(one, 39_500)).toEqual({ age: 60, ttl: 0, fresh: false })
  })

  it('never ends with an endless lifetime', () => {
    const one = page({ lifetime: Number.POSITIVE_INFINITY, initialAge: 5 })
    expect(one.expires).toBe(Number.POSITIVE_INFINITY)
    expect(after(one, 1e15)).toEqual({ age: 1e12 + 5, ttl: Number.POSITIVE_INFINITY, fresh: true })
  })
})

describe('Page.modifiedAt', () => {
  const modified = (text: string) => page({ headers: ['last-modified', text] }).modifiedAt(base.storedAt)

  it('reads Last-Modified', () => {
    expect(modified('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(Date.UTC(1994, 10, 6, 8, 49, 37))
    expect(modified('yesterday')).toBeUndefined()
    expect(page().modifiedAt(base.storedAt)).toBeUndefined()
  })
})
