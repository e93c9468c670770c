import { describe, expect, it } from '@jest/globals'
import { sameOriginUrl } from '../index.js'

const origin = { scheme: 'https', host: 'site.example' }
const resolve = (reference: unknown): string | undefined => sameOriginUrl(origin, '/a/b?c', reference)

describe('sameOriginUrl (RFC 9111 §4.4)', () => {
  it.each([
    ['/x?y', '/x?y'],
    ['x', '/a/x'],
    ['?d', '/a/b?d'],
    ['../e', '/e'],
    ['#part', '/a/b?c'],
    ['https://site.example/x', '/x'],
    ['HTTPS://SITE.EXAMPLE:443/x', '/x'],
    ['https://site.example./x', '/x'],
    ['//site.example/x', '/x'],
    ['https://user:password@site.example/x', '/x'],
  ])('resolves %s', (reference, url) => expect(resolve(reference)).toBe(url))

  it.each([
    'http://site.example/x',
    'https://site.example:8443/x',
    'https://other.example/x',
    'https://site.example.evil.example/x',
    'https://site.example@evil.example/x',
    '//other.example/x',
    'javascript:alert(1)',
    'https://',
    'https://[/',
  ])('refuses %s', (reference) => expect(resolve(reference)).toBe(undefined))

  it.each([undefined, null, 7, ['/x'], {}])('refuses %p, which is no text', (reference) => {
    expect(resolve(reference)).toBe(undefined)
  })

  it('takes the spellings of a host for one', () => {
    for (const host of ['site.example.', 'site.example:443', 'site.example.:443'])
      expect(sameOriginUrl({ scheme: 'https', host }, '/', 'https://site.example/x')).toBe('/x')
  })

  it('keeps ports apart that are not the default', () => {
    const local = { scheme: 'http', host: 'localhost:3000' }
    expect(sameOriginUrl(local, '/', 'http://localhost:3000/x')).toBe('/x')
    expect(sameOriginUrl(local, '/', 'http://localhost/x')).toBe(undefined)
  })
})
