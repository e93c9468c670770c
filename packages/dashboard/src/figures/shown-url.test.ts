import { describe, expect, it } from '@jest/globals'
import { shownUrl } from './shown-url.js'

describe('the URL of a sample', () => {
  it.each([
    ['/reset?token=abc&page=2', '/reset?token=…&page=2'],
    ['/in?code=4&state=x&email=a%40b.example', '/in?code=…&state=…&email=…'],
    ['/file?X-Amz-Signature=ab', '/file?X-Amz-Signature=…'],
    ['/a?x=0123456789abcdef0123', '/a?x=…'],
    ['/a?0123456789abcdef0123', '/a?…'],
    ['/verify/0123456789abcdef0123/mail', '/verify/…/mail'],
    ['/verify/eyJhbGciOiJI.eyJzdWIiOiIx.abc', '/verify/…'],
  ])('hides what may be a secret: %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
  })

  it.each([
    '/',
    '/articles/a-very-long-title-of-the-year-2026?page=2&sort=price&q=red+shoes',
    '/a?b&c=',
    '/a?b=1?c=2',
  ])('is as it was otherwise: %s', (url) => {
    expect(shownUrl(url)).toBe(url)
  })
})
