import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments } from '@sitecache/test-support/documents'

const urlOf = runDocuments(
  ['helmet', 'lifetimes-by-path', 'browser-lifetime', 'nginx-and-cdn'].map(
    (name) => `docs/recipes/${name}.md`,
  ),
)

describe('docs/recipes/helmet.md', () => {
  it('answers hits with headers of their own', async () => {
    const ask = (origin: string) => new Browser(urlOf('helmet'), { Origin: origin }).get('/')
    const first = await ask('https://a.example')
    const second = await ask('https://b.example')
    const third = await ask('https://b.example')
    expect([first.cache, third.cache]).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
    ])
    expect(second.headers['access-control-allow-origin']).toBe('https://b.example')
    expect(third.headers['access-control-allow-origin']).toBe('https://b.example')
    expect(third.headers['content-security-policy']).toContain("default-src 'self'")
    const left = [first, second, third].map(({ headers }) => /r=(\d+)/.exec(String(headers.ratelimit))?.[1])
    expect(left).toEqual(['999', '998', '997'])
  })
})

describe('docs/recipes/lifetimes-by-path.md', () => {
  it.each([
    ['/docs/a', 86_400, 'max-age=300'],
    ['/prices/a', 30, 'max-age=30'],
    ['/a', 600, 'max-age=600'],
  ])('keeps %s for %d seconds', async (path, seconds, told) => {
    const browser = new Browser(urlOf('lifetimes-by-path'))
    const first = await browser.get(path)
    const again = await browser.get(path)
    expect(first.cache).toMatch(isStored)
    expect(again.cache).toMatch(isHit)
    expect(again.body).toBe(first.body)
    const ttl = Number(/ttl=(\d+)/.exec(again.cache)?.[1])
    expect(ttl).toBeGreaterThan(seconds - 20)
    expect(ttl).toBeLessThanOrEqual(seconds)
    expect(again.headers['cache-control']).toBe(told)
    expect(again.headers['sitecache-cache-control']).toBeUndefined()
  })

  it('keeps nothing of accounts', async () => {
    const browser = new Browser(urlOf('lifetimes-by-path'))
    for (let i = 0; i < 2; i += 1)
      expect((await browser.get('/account/me')).cache).toBe('sitecache; fwd=uri-miss; detail=no-store')
  })
})

describe('docs/recipes/browser-lifetime.md', () => {
  it('has browsers ask each time, and answers 304 until the page is purged', async () => {
    const browser = new Browser(urlOf('browser-lifetime'))
    const first = await browser.get('/price')
    expect(first.cache).toMatch(isStored)
    expect(first.headers['cache-control']).toBe('max-age=0')
    const condition = { 'If-None-Match': String(first.headers.etag) }
    const again = await browser.get('/price', condition)
    expect([again.status, again.cache]).toEqual([304, expect.stringMatching(isHit)])
    expect(Number(/ttl=(\d+)/.exec(again.cache)?.[1])).toBeGreaterThan(3000)
    await browser.post('/raise')
    const raised = await browser.get('/price', condition)
    expect([raised.status, raised.body]).toEqual([200, '<h1>11 €</h1>'])
  })
})

describe('docs/recipes/nginx-and-cdn.md', () => {
  const shop = { Host: 'shop.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.1' }

  it('says to each cache what is meant for it', async () => {
    const browser = new Browser(urlOf('nginx-and-cdn'), shop)
    const first = await browser.get('/shoes/1')
    const again = await browser.get('/shoes/1')
    expect([first.cache, again.cache]).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
    ])
    for (const { headers, body } of [first, again]) {
      expect(headers['cache-control']).toBe('max-age=60')
      expect(headers['cdn-cache-control']).toBe('max-age=3600, stale-while-revalidate=60')
      expect(headers['cache-tag']).toBe('shoe-1')
      expect(body).toContain('https://shop.example/shoes/1')
    }
    expect(Number(/ttl=(\d+)/.exec(again.cache)?.[1])).toBeGreaterThan(86_000)
    await browser.put('/shoes/1')
    expect((await browser.get('/shoes/1')).cache).toMatch(isStored)
  })

  it('keeps no page of a host or scheme that is not the one asked for', async () => {
    const base = urlOf('nginx-and-cdn')
    await new Browser(base, shop).get('/shoes/2')
    const other = await new Browser(base, { ...shop, Host: 'evil.example' }).get('/shoes/2')
    expect(other.cache).toBe('sitecache; fwd=bypass; detail=host')
    const plain = await new Browser(base, { ...shop, 'X-Forwarded-Proto': 'http' }).get('/shoes/2')
    expect(plain.body).toContain('http://shop.example/shoes/2')
  })
})
