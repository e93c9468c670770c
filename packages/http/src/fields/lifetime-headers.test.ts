import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import {
  type CacheControlChanges,
  formatHttpDate,
  type HeaderMap,
  lifetimeHeaders,
  maxAgeOf,
  neverCacheChanges,
  parseCacheControl,
  parseHttpDate,
  patchCacheControl,
} from '../index.js'

interface Golden {
  readonly id: string
  readonly existing?: string
  readonly changes: readonly CacheControlChanges[]
  readonly siteSeconds: number
  readonly expected: Readonly<Record<string, string | true>>
  readonly expiresIn: number
}

const golden: { readonly lifetime: readonly Golden[] } = JSON.parse(
  readFileSync(new URL('../fixtures/django-headers.json', import.meta.url), 'utf8'),
)

const now = Date.UTC(2026, 5, 1, 12, 0, 0, 750)
const inSeconds = (seconds: number): string => formatHttpDate(now + seconds * 1000)

describe('lifetimeHeaders', () => {
  it.each(golden.lifetime.map((one) => [one.id, one] as const))(
    'answers as Django: %s',
    (_, { existing, changes, siteSeconds, expected, expiresIn }) => {
      const before = changes.reduce<string | undefined>(patchCacheControl, existing)
      const { cacheControl, expires } = lifetimeHeaders({ 'cache-control': before }, siteSeconds, now)
      const control = parseCacheControl(cacheControl)
      const map = control.directives.map(({ name }) => [name, control.argument(name) ?? true])
      expect(Object.fromEntries(map)).toEqual(expected)
      const seconds = ((parseHttpDate(expires ?? '', now) ?? 0) - now) / 1000
      // Django's clock ran between the response and the measurement: up to a second.
      expect(Math.abs(seconds - expiresIn)).toBeLessThan(2)
    },
  )

  it.each<[string, HeaderMap, number, string, number]>([
    ['an absent Cache-Control', {}, 600, 'max-age=600', 600],
    [
      'several lines',
      { 'cache-control': ['public', 'no-transform'] },
      60,
      'public, no-transform, max-age=60',
      60,
    ],
    ['a smaller max-age', { 'cache-control': 'max-age=10' }, 600, 'max-age=10', 10],
    ['a larger max-age', { 'cache-control': 'public, max-age=600' }, 10, 'public, max-age=10', 10],
    ['an endless lifetime', {}, Number.POSITIVE_INFINITY, 'max-age=31536000', 31_536_000],
    ['a lifetime below zero', {}, -10, 'max-age=0', 0],
    ['a fraction', {}, 1.9, 'max-age=1', 1],
  ])('tells one lifetime in both for %s', (_, headers, lifetime, cacheControl, seconds) => {
    expect(lifetimeHeaders(headers, lifetime, now)).toEqual({ cacheControl, expires: inSeconds(seconds) })
  })

  it('leaves an Expires that is there', () => {
    const { cacheControl, expires } = lifetimeHeaders({ expires: '0' }, 60, now)
    expect(cacheControl).toBe('max-age=60')
    expect(expires).toBeUndefined()
  })

  it.each<[string, HeaderMap, number | undefined]>([
    ['that agreed with a longer max-age', { 'cache-control': 'max-age=600', expires: inSeconds(600) }, 10],
    [
      'of an older Date',
      { 'cache-control': 'max-age=600', date: inSeconds(-100), expires: inSeconds(500) },
      -90,
    ],
    [
      'that agreed with a shorter max-age',
      { 'cache-control': 'max-age=5', expires: inSeconds(5) },
      undefined,
    ],
    ['that said something else', { 'cache-control': 'max-age=600', expires: inSeconds(60) }, undefined],
    ['without a max-age', { expires: inSeconds(600) }, undefined],
  ])('of an Expires %s', (_, headers, seconds) => {
    const { expires } = lifetimeHeaders(headers, 10, now)
    expect(expires).toBe(seconds === undefined ? undefined : inSeconds(seconds))
  })

  it('answers the same when asked again, and for each lifetime its own', () => {
    const headers = { 'cache-control': 'public' }
    const asked = [60, 30, 60].map((lifetime) => lifetimeHeaders(headers, lifetime, now).cacheControl)
    expect(asked).toEqual(['public, max-age=60', 'public, max-age=30', 'public, max-age=60'])
  })
})

describe('neverCacheChanges', () => {
  it('are those of add_never_cache_headers', () => {
    expect(patchCacheControl('public, max-age=60, x=1', neverCacheChanges)).toBe(
      'max-age=0, x=1, no-cache, no-store, must-revalidate, private',
    )
  })
})

describe('maxAgeOf', () => {
  it.each<[string | readonly string[] | undefined, number | undefined]>([
    [undefined, undefined],
    ['no-store', undefined],
    ['s-maxage=60', undefined],
    ['max-age=60', 60],
    ['public, Max-Age="60"', 60],
    ['max-age=0', 0],
    ['max-age', undefined],
    ['max-age=', undefined],
    ['max-age=abc', undefined],
    ['max-age=-1', undefined],
    ['max-age=20, max-age=10', 10],
    [['public', 'max-age=5'], 5],
  ])('of %p is %p', (value, seconds) => expect(maxAgeOf({ 'cache-control': value })).toBe(seconds))
})
