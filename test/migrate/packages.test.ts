import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments, type Seen } from '@sitecache/test-support/documents'

const urlOf = runDocuments(
  ['apicache', 'route-cache', 'cacheable-response', 'nestjs-cache-manager'].map(
    (name) => `docs/migrate/from-${name}.md`,
  ),
)

const old = (name: string) => urlOf(`from-${name}`, 0)
const now = (name: string) => urlOf(`from-${name}`, 1)

/** Asks as two visitors, each twice. */
async function asTwo(base: string, path: string, field: string, ada: string, bob: string): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const value of [ada, ada, bob, bob]) seen.push(await new Browser(base, { [field]: value }).get(path))
  return seen
}

/** What a page says without its time. */
const said = ({ body }: Seen): string => body.replace(/\d{10,}/, '…')
const bodies = (seen: readonly Seen[]): string[] => seen.map(({ body }) => body)

describe('docs/migrate/from-apicache.md', () => {
  const path = '/api/posts/1'

  it('before: tells the second visitor the name of the first', async () => {
    const seen = await asTwo(old('apicache'), path, 'Cookie', 'user=ada', 'user=bob')
    expect(new Set(bodies(seen)).size).toBe(1)
    expect(seen[3]?.body).toContain('"ada"')
  })

  it('before: clears a group', async () => {
    const browser = new Browser(old('apicache'))
    const first = await browser.get('/api/drafts/1')
    expect((await browser.get('/api/drafts/1')).body).toBe(first.body)
    await browser.post('/api/drafts')
    expect((await browser.get('/api/drafts/1')).body).not.toBe(first.body)
  })

  it('after: has hits, each with the name of its own visitor', async () => {
    const seen = await asTwo(now('apicache'), path, 'Cookie', 'user=ada', 'user=bob')
    expect(seen.map(({ cache }) => isHit.test(cache))).toEqual([false, true, false, true])
    expect(seen.map(({ body }) => /"user":"(\w+)"/.exec(body)?.[1])).toEqual(['ada', 'ada', 'bob', 'bob'])
    expect(seen[1]?.headers.vary).toMatch(/cookie/i)
  })

  it('after: drops all that has the tag, and nothing else', async () => {
    const browser = new Browser(now('apicache'))
    for (const url of ['/api/drafts/1', '/api/drafts/2', '/api/letters/1'])
      expect((await browser.get(url)).cache).toMatch(isStored)
    await browser.post('/api/drafts')
    expect((await browser.get('/api/drafts/1')).cache).toMatch(isStored)
    expect((await browser.get('/api/drafts/2')).cache).toMatch(isStored)
    expect((await browser.get('/api/letters/1')).cache).toMatch(isHit)
  })
})

describe('docs/migrate/from-route-cache.md', () => {
  const path = '/articles/1'

  it('before: shows all what the first was shown, without the headers of the handler', async () => {
    const seen = await asTwo(old('route-cache'), path, 'X-User', 'ada', 'bob')
    expect(new Set(bodies(seen)).size).toBe(1)
    expect([seen[0]?.headers['content-language'], seen[1]?.headers['content-language']]).toEqual([
      'en',
      undefined,
    ])
  })

  it('before: removes a URL', async () => {
    const browser = new Browser(old('route-cache'))
    const first = await browser.get('/articles/2')
    await browser.put('/articles/2')
    expect((await browser.get('/articles/2')).body).not.toBe(first.body)
  })

  it('after: has hits with the headers of the handler, each for its own visitor', async () => {
    const seen = await asTwo(now('route-cache'), path, 'X-User', 'ada', 'bob')
    expect(seen.map(({ cache }) => isHit.test(cache))).toEqual([false, true, false, true])
    expect(seen.map(({ body }) => /by (\w+)/.exec(body)?.[1])).toEqual(['ada', 'ada', 'bob', 'bob'])
    expect(seen.map(({ headers }) => headers['content-language'])).toEqual(Array(4).fill('en'))
  })

  it('after: a PUT drops the page of its URL', async () => {
    const browser = new Browser(now('route-cache'))
    expect((await browser.get('/articles/2')).cache).toMatch(isStored)
    expect((await browser.get('/articles/2')).cache).toMatch(isHit)
    await browser.put('/articles/2')
    expect((await browser.get('/articles/2')).cache).toMatch(isStored)
  })
})

describe('docs/migrate/from-cacheable-response.md', () => {
  it('before: shows all the language of the first, and renders for whoever says force', async () => {
    const base = old('cacheable-response')
    const seen = await asTwo(base, '/page', 'Accept-Language', 'en', 'fr')
    expect(seen.map(said)).toEqual(Array(4).fill('<h1>/page, in en, at …</h1>'))
    expect(seen[1]?.headers['x-cache-status']).toBe('HIT')
    const forced = await new Browser(base).get('/page?force=true')
    expect(forced.headers['x-cache-status']).toBe('BYPASS')
  })

  it('after: shows each their own, and force is a parameter as any other', async () => {
    const base = now('cacheable-response')
    const seen = await asTwo(base, '/page', 'Accept-Language', 'en', 'fr')
    expect(seen.map(({ cache }) => isHit.test(cache))).toEqual([false, true, false, true])
    expect(seen.map((page) => / in (\w+)/.exec(page.body)?.[1])).toEqual(['en', 'en', 'fr', 'fr'])
    const browser = new Browser(base)
    await browser.get('/page?force=true')
    expect((await browser.get('/page?force=true')).cache).toMatch(isHit)
  })
})

describe('docs/migrate/from-nestjs-cache-manager.md', () => {
  const path = '/articles/1'

  it('before: answers the second user as the first', async () => {
    const seen = await asTwo(old('nestjs-cache-manager'), path, 'Authorization', 'ada', 'bob')
    expect(new Set(bodies(seen)).size).toBe(1)
    expect(seen[1]?.headers['x-cache']).toBe('HIT')
  })

  it('after: keeps nothing of those who authorise themselves, and answers others from the cache', async () => {
    const base = now('nestjs-cache-manager')
    const seen = await asTwo(base, path, 'Authorization', 'ada', 'bob')
    expect(seen.map(({ body }) => /"user":"(\w+)"/.exec(body)?.[1])).toEqual(['ada', 'ada', 'bob', 'bob'])
    for (const { cache } of seen) expect(cache).toBe('sitecache; fwd=uri-miss; detail=authorization')
    const browser = new Browser(base)
    const first = await browser.get(path)
    const again = await browser.get(path)
    expect([first.cache, again.cache]).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
    ])
    expect(again.body).toBe(first.body)
    await browser.put(path)
    expect((await browser.get(path)).cache).toMatch(isStored)
  })
})
