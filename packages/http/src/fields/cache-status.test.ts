import { describe, expect, it } from '@jest/globals'
import { type CacheStatus, formatCacheStatus, parseCacheStatus } from '../index.js'

describe('formatCacheStatus', () => {
  it.each<[CacheStatus, string]>([
    [{}, 'sitecache'],
    [{ hit: true, ttl: 37 }, 'sitecache; hit; ttl=37'],
    [{ hit: true, ttl: -5 }, 'sitecache; hit; ttl=-5'],
    [{ hit: true, ttl: 0 }, 'sitecache; hit; ttl=0'],
    [{ hit: true, ttl: Number.POSITIVE_INFINITY }, 'sitecache; hit'],
    [{ hit: false, fwd: 'uri-miss', stored: true }, 'sitecache; fwd=uri-miss; stored'],
    [
      { fwd: 'vary-miss', stored: false, detail: 'set-cookie' },
      'sitecache; fwd=vary-miss; detail=set-cookie',
    ],
  ])('RFC 9211 §2: %p is %s', (status, text) => expect(formatCacheStatus(status)).toBe(text))

  it.each([
    ['two words', '"two words"'],
    ['', '""'],
    ['5xx', '"5xx"'],
    ['a"b\\c', '"abc"'],
    ['a\r\nSet-Cookie: x=é', '"aSet-Cookie: x="'],
    ['*/a:b', '*/a:b'],
  ])('RFC 9651 §3.3: a detail of %p is a token or a string', (detail, text) => {
    expect(formatCacheStatus({ detail })).toBe(`sitecache; detail=${text}`)
  })
})

describe('parseCacheStatus', () => {
  it.each<CacheStatus>([
    { hit: true, ttl: 37 },
    { fwd: 'uri-miss', stored: true },
    { fwd: 'uri-miss', collapsed: true },
    { fwd: 'bypass', detail: 'set-cookie' },
    { fwd: 'uri-miss', detail: 'two words, of which; one' },
  ])('reads what formatCacheStatus writes: %p', ({ ttl: _, ...status }) => {
    const given = {
      hit: false,
      stored: false,
      collapsed: false,
      fwd: undefined,
      detail: undefined,
      ...status,
    }
    expect(parseCacheStatus(formatCacheStatus(status))).toEqual(given)
  })

  it('RFC 9211 §2: reads the own member among those of other caches, the one nearest to the client', () => {
    const inner = 'sitecache; fwd=uri-miss; detail="a, sitecache; hit"'
    expect(parseCacheStatus(`origin; hit, ${inner}, "sitecache"; hit, CDN; fwd=stale`)).toMatchObject({
      hit: false,
      fwd: 'uri-miss',
    })
    expect(parseCacheStatus(`sitecache; hit, ${inner}`)).toMatchObject({ hit: false })
  })

  it.each(['', 'CDN; hit', 'sitecache-2; hit', 'sitecache; hit, ;', 'HIT from 10.0.0.1 (x)'])(
    'of %p there is nothing',
    (value) => expect(parseCacheStatus(value)).toBeUndefined(),
  )
})
