import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments } from '@sitecache/test-support/documents'

const urlOf = runDocuments(['csrf', 'csp-nonce', 'flash', 'cart'].map((name) => `docs/recipes/${name}.md`))

describe('docs/recipes/csrf.md', () => {
  const tokenIn = (body: string) => /value="(\w+)"/.exec(body)?.[1] ?? ''

  it('keeps the page, and gives each visitor a token that their own POST is taken with', async () => {
    const ada = new Browser(urlOf('csrf'))
    const bob = new Browser(urlOf('csrf'))
    const first = await ada.get('/contact')
    expect(first.cache).toMatch(isStored)
    const second = await bob.get('/contact')
    expect(second.cache).toMatch(isHit)
    expect(second.headers['cache-control']).toBe('private, no-cache')
    const [adas, bobs] = [tokenIn(first.body), tokenIn(second.body)]
    expect(adas).toMatch(/^\w{64,}$/)
    expect(bobs).toMatch(/^\w{64,}$/)
    expect(bobs).not.toBe(adas)
    expect((await bob.post('/contact', { token: adas })).status).toBe(403)
    expect((await bob.post('/contact', { token: bobs })).body).toBe('sent')
    expect((await ada.post('/contact', { token: adas })).body).toBe('sent')
  })

  it('keeps a visitor their token from page to page', async () => {
    const ada = new Browser(urlOf('csrf'))
    const first = await ada.get('/contact')
    const again = await ada.get('/contact')
    expect(again.cache).toMatch(isHit)
    expect(tokenIn(again.body)).toBe(tokenIn(first.body))
  })
})

describe('docs/recipes/csp-nonce.md', () => {
  it('has the nonce of its own policy in each response', async () => {
    const browser = new Browser(urlOf('csp-nonce'))
    const seen = [await browser.get('/'), await browser.get('/'), await browser.get('/')]
    expect(seen.map(({ cache }) => cache)).toEqual([
      expect.stringMatching(isStored),
      expect.stringMatching(isHit),
      expect.stringMatching(isHit),
    ])
    const nonces = seen.map(({ body }) => /nonce="([^"]+)"/.exec(body)?.[1])
    const policies = seen.map(({ headers }) => String(headers['content-security-policy']))
    for (const [i, nonce] of nonces.entries()) expect(policies[i]).toContain(`'nonce-${nonce}'`)
    expect(new Set(nonces).size).toBe(3)
  })
})

describe('docs/recipes/flash.md', () => {
  it('shows a message once, to its visitor, on a page that all share', async () => {
    const ada = new Browser(urlOf('flash'))
    const bob = new Browser(urlOf('flash'))
    expect((await bob.get('/articles')).cache).toMatch(isStored)
    expect((await bob.get('/articles')).cache).toMatch(isHit)
    expect((await ada.post('/articles')).status).toBe(303)
    // The POST has dropped the page.
    expect((await bob.get('/articles')).cache).toMatch(isStored)
    const shown = await ada.get('/articles')
    expect(shown.cache).toMatch(isHit)
    expect(shown.body).toContain('<p role="status">Saved.</p>')
    for (const browser of [ada, bob, new Browser(urlOf('flash'))]) {
      const { body, cache } = await browser.get('/articles')
      expect(cache).toMatch(isHit)
      expect(body).toContain('<p role="status"></p>')
    }
  })
})

describe('docs/recipes/cart.md', () => {
  it('is one page for all visitors, each with a cart of their own', async () => {
    const [ada, bob, eve] = [1, 2, 3].map(() => new Browser(urlOf('cart')))
    expect((await eve?.get('/shoes'))?.cache).toMatch(isStored)
    await ada?.post('/cart/boots')
    await bob?.post('/cart/clogs')
    await bob?.post('/cart/pumps')
    const seen = await Promise.all([ada, bob, eve].map((browser) => browser?.get('/shoes')))
    expect(seen.map((page) => page?.cache)).toEqual(Array(3).fill(expect.stringMatching(isHit)))
    expect(seen.map((page) => /Cart \((\d)\)/.exec(page?.body ?? '')?.[1])).toEqual(['1', '2', '0'])
  })

  it('gives nobody a session who has put nothing in the cart', async () => {
    const { headers } = await new Browser(urlOf('cart')).get('/shoes')
    expect(headers['set-cookie']).toBeUndefined()
  })
})
