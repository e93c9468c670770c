import { describe, expect, it } from '@jest/globals'
import { describesBytes, filledControl, tellsLifetime } from './filled.js'

describe('filledControl', () => {
  it.each([
    [undefined, 'private, no-cache'],
    ['public, max-age=600, s-maxage=60, immutable', 'private, no-cache'],
    ['max-age=60, no-transform, stale-while-revalidate=60', 'private, no-cache, no-transform'],
    ['No-Store; private', 'private, no-cache, no-store'],
    ['private, community="UCI"', 'private, no-cache'],
    ['no-cache="Set-Cookie"', 'private, no-cache'],
  ])('makes of %j: %s', (value, expected) => {
    expect(filledControl(value)).toBe(expected)
  })
})

describe('the fields of a filled page', () => {
  it.each([
    'cache-control',
    'cdn-cache-control',
    'cloudflare-cdn-cache-control',
    'expires',
    'x-accel-expires',
  ])('knows that %s tells caches a lifetime', (name) => expect(tellsLifetime(name)).toBe(true))

  it.each(['etag', 'last-modified', 'content-length', 'repr-digest'])(
    'knows that %s describes the bytes',
    (name) => expect(describesBytes(name)).toBe(true),
  )

  it.each(['date', 'vary', 'content-type', 'set-cookie', 'cache-status'])('leaves %s alone', (name) => {
    expect(tellsLifetime(name) || describesBytes(name)).toBe(false)
  })
})
