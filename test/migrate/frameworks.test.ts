import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments } from '@sitecache/test-support/documents'

const urlOf = runDocuments(
  ['django', 'laravel-responsecache', 'nextjs'].map((name) => `docs/migrate/from-${name}.md`),
)

describe('docs/migrate/from-django.md', () => {
  it('caches a site as the two middlewares of Django do', async () => {
    const browser = new Browser(urlOf('from-django', 0))
    const first = await browser.get('/')
    const again = await browser.get('/')
    expect([first.cache, again.cache]).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
    ])
    expect(again.body).toBe(first.body)
    expect(again.headers['cache-control']).toBe('max-age=600')
    const lifetime = Date.parse(String(again.headers.expires)) - Date.parse(String(again.headers.date))
    expect(lifetime).toBeGreaterThan(590_000)
    expect(lifetime).toBeLessThanOrEqual(600_000)
  })

  it('caches views for a time of their own', async () => {
    const browser = new Browser(urlOf('from-django', 1))
    for (const path of ['/foo/1', '/foo/2', '/bar']) {
      const first = await browser.get(path)
      const again = await browser.get(path)
      expect(first.cache).toMatch(isStored)
      expect(again.cache).toMatch(isHit)
      expect(again.body).toBe(first.body)
      expect(again.headers['cache-control']).toBe('max-age=900')
    }
  })

  it('caches a fragment for each of its values', async () => {
    const browser = new Browser(urlOf('from-django', 2))
    const [ada, bob, again] = [
      await browser.get('/?name=ada'),
      await browser.get('/?name=bob'),
      await browser.get('/?name=ada'),
    ]
    expect(ada.body).toMatch(/^<aside>ada at \d+<\/aside>$/)
    expect(bob.body).toMatch(/^<aside>bob at \d+<\/aside>$/)
    expect(again.body).toBe(ada.body)
  })
})

describe('docs/migrate/from-laravel-responsecache.md', () => {
  it('caches posts until their tag is purged, whatever the campaign, and no cart', async () => {
    const browser = new Browser(urlOf('from-laravel-responsecache'))
    const first = await browser.get('/posts/1')
    const again = await browser.get('/posts/1?utm_source=a')
    // The route's cache and, behind it in the field, the site's.
    const storedTwice = 'sitecache/page; fwd=uri-miss; stored, sitecache; fwd=uri-miss; stored'
    expect([first.cache, again.cache]).toEqual([storedTwice, expect.stringMatching(isHit)])
    expect(again.body).toBe(first.body)
    await browser.put('/posts/2')
    expect((await browser.get('/posts/1')).cache).toBe(storedTwice)
    for (let i = 0; i < 2; i += 1) expect((await browser.get('/cart')).cache).toMatch(/detail=no-store$/)
  })
})

describe('docs/migrate/from-nextjs.md', () => {
  it('shares a post, greets each visitor, and drops page and value by one tag', async () => {
    const base = urlOf('from-nextjs')
    const ada = new Browser(base)
    const bob = new Browser(base)
    await ada.post('/hello')
    expect((await bob.get('/posts/1')).cache).toMatch(isStored)
    const [hers, his] = [await ada.get('/posts/1'), await bob.get('/posts/1')]
    expect([hers.cache, his.cache]).toEqual(Array(2).fill(expect.stringMatching(isHit)))
    expect(hers.body).toBe('<p>Welcome back</p><h1>First post</h1>')
    expect(his.body).toBe('<p>Hello</p><h1>First post</h1>')
    await bob.put('/posts/1', 'Second thoughts')
    const fresh = await ada.get('/posts/1')
    expect(fresh.cache).toMatch(isStored)
    expect(fresh.body).toBe('<p>Welcome back</p><h1>Second thoughts</h1>')
  })
})
