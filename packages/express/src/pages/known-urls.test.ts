import { describe, expect, it } from '@jest/globals'
import { KnownUrls } from './known-urls.js'

const known = (host: string, url: string, scheme = 'http') => ({ scheme, host, url })

describe('KnownUrls', () => {
  it('knows a URL of each host, in turn', () => {
    const urls = new KnownUrls<ReturnType<typeof known>>(10)
    const [a, b] = [known('a.test', '/'), known('b.test', '/')]
    urls.set(a)
    urls.set(b)
    for (let i = 0; i < 2; i += 1)
      expect([urls.get('http', 'a.test', '/'), urls.get('http', 'b.test', '/')]).toEqual([a, b])
    expect(urls.get('https', 'a.test', '/')).toBeUndefined()
    expect(urls.get('http', 'a.test', '/other')).toBeUndefined()
  })

  it('holds no more than its limit, whatever hosts are invented', () => {
    const urls = new KnownUrls<ReturnType<typeof known>>(10)
    for (let i = 0; i < 1000; i += 1) urls.set(known(`host${i}.test`, '/'))
    const left = Array.from({ length: 1000 }, (_, i) => urls.get('http', `host${i}.test`, '/'))
    expect(left.filter((it) => it !== undefined).length).toBeLessThanOrEqual(10)
    expect(urls.get('http', 'host999.test', '/')).toBeDefined()
  })
})
