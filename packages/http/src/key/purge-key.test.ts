import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { purgeKeyText } from '../index.js'

const of = (url: string, host: string | undefined = 'site.example') => purgeKeyText(host, url)

describe('purgeKeyText', () => {
  it.each([
    ['an escape that need not be', '/%61rticles/1', '/articles/1'],
    ['escapes in the letters of either case', '/caf%c3%a9', '/caf%C3%A9'],
    ['bytes as they came and escaped', '/caf\xc3\xa9', '/caf%C3%A9'],
    ['a space', '/a b?c d', '/a%20b?c%20d'],
    ['a plus in the query', '/a?b+c', '/a?b%20c'],
    ['absolute form', 'http://site.example/a?b', '/a?b'],
    ['absolute form without a path', 'HTTP://site.example', '/'],
    ['absolute form with a query alone', 'https://site.example?b', '/?b'],
    ['a query that is empty', '/a?', '/a'],
    ['a fragment', '/a?b#c', '/a?b'],
    ['a backslash', '/a\\b', '/a/b'],
  ])('is one text for %s', (_, one, other) => expect(of(one)).toBe(of(other)))

  it.each([
    ['SITE.Example', 'site.example'],
    ['site.example.', 'site.example'],
    ['site.example:80', 'site.example'],
    ['site.example.:443', 'site.example'],
  ])('is one text for the hosts %s and %s', (one, other) => {
    expect(purgeKeyText(one, '/')).toBe(purgeKeyText(other, '/'))
  })

  it.each([
    ['/a', '/b'],
    ['/a', '/A'],
    ['/a', '/a/'],
    ['/a?b', '/a?c'],
    ['/a?b', '/a%3Fb='],
    ['/a?b+c', '/a?bc'],
  ])('tells %s from %s', (one, other) => expect(of(one)).not.toBe(of(other)))

  it('tells hosts, their ports, and no host', () => {
    const hosts = ['a.example', 'b.example', 'a.example:8080', 'a.example:8443', '', undefined]
    expect(new Set(hosts.map((host) => purgeKeyText(host, '/'))).size).toBe(hosts.length)
  })

  it('is the same for a URL and for what a browser makes of it', () => {
    const segment = fc.string({
      unit: fc.constantFrom('a', 'é', ' ', '日', '%', '"', '<', "'", 'Z'),
      maxLength: 6,
    })
    fc.assert(
      fc.property(segment, segment, (path, query) => {
        const typed = `/p${path}?q${query}`
        const { pathname, search } = new URL(`http://site.example${typed}`)
        const raw = Buffer.from(typed.trimEnd()).toString('latin1')
        expect(of(raw)).toBe(of(pathname + search))
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (host, url) => void purgeKeyText(host, url)))
  })
})
