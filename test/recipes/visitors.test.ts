import { describe, expect, it } from '@jest/globals'
import { Browser, isHit, isStored, runDocuments } from '@sitecache/test-support/documents'

const urlOf = runDocuments(['passport', 'i18n', 'htmx', 'analytics'].map((name) => `docs/recipes/${name}.md`))

describe('docs/recipes/passport.md', () => {
  async function signedIn(name: string): Promise<Browser> {
    const browser = new Browser(urlOf('passport'))
    const { status } = await browser.post('/login', { username: name, password: 'secret' })
    expect(status).toBe(302)
    return browser
  }

  it('shares the news, greets each by name, and keeps accounts apart', async () => {
    const nobody = new Browser(urlOf('passport'))
    const ada = await signedIn('ada')
    const bob = await signedIn('<bob>')
    expect((await nobody.get('/')).cache).toMatch(isStored)
    const greeted = await Promise.all([ada, bob, nobody].map((browser) => browser.get('/')))
    expect(greeted.map(({ cache }) => cache)).toEqual(Array(3).fill(expect.stringMatching(isHit)))
    expect(greeted[0]?.body).toContain('Hello, ada')
    expect(greeted[1]?.body).toContain('Hello, &#60;bob&#62;')
    expect(greeted[2]?.body).toContain('Sign in')

    for (const [browser, name] of [
      [ada, 'ada'],
      [bob, '&#60;bob&#62;'],
      [nobody, 'nobody'],
    ] as const) {
      const first = await browser.get('/account')
      const again = await browser.get('/account')
      expect(first.cache).toMatch(isStored)
      expect(again.cache).toMatch(isHit)
      for (const { body } of [first, again]) expect(body).toBe(`<h1>Account of ${name}</h1>`)
    }
    expect((await ada.get('/account')).headers['cache-control']).toMatch(/\bprivate\b/)
  })
})

describe('docs/recipes/i18n.md', () => {
  it('has one page for each language, whatever browsers send', async () => {
    const ask = (language: string) => new Browser(urlOf('i18n'), { 'Accept-Language': language }).get('/')
    const english = await ask('en-GB,en;q=0.9')
    const french = await ask('fr-CA,fr;q=0.9,en;q=0.8')
    const other = await ask('ja')
    for (const { cache } of [english, french, other]) expect(cache).toMatch(isStored)
    expect([english, french, other].map(({ body }) => body)).toEqual([
      '<h1>Hello</h1>',
      '<h1>Bonjour</h1>',
      '<h1>Hello</h1>',
    ])
    expect(french.headers.vary).toContain('Accept-Language')
    for (const [language, body] of [
      ['en', '<h1>Hello</h1>'],
      ['en-US,en;q=0.7,fr;q=0.1', '<h1>Hello</h1>'],
      ['fr;q=1', '<h1>Bonjour</h1>'],
      ['fr-BE, en;q=0.2', '<h1>Bonjour</h1>'],
      ['de', '<h1>Hello</h1>'],
      ['*', '<h1>Hello</h1>'],
    ] as const) {
      const seen = await ask(language)
      expect([language, seen.body, seen.cache]).toEqual([language, body, expect.stringMatching(isHit)])
    }
  })
})

describe('docs/recipes/htmx.md', () => {
  it('answers htmx and browsers with pages of their own', async () => {
    const browser = new Browser(urlOf('htmx'))
    const whole = await browser.get('/articles')
    const part = await browser.get('/articles', { 'HX-Request': 'true' })
    expect([whole.cache, part.cache]).toEqual(Array(2).fill(expect.stringMatching(isStored)))
    expect([whole.body.startsWith('<!doctype'), part.body.startsWith('<ul')]).toEqual([true, true])
    const again = await browser.get('/articles')
    const partAgain = await browser.get('/articles', { 'HX-Request': 'true' })
    expect([again.cache, partAgain.cache]).toEqual(Array(2).fill(expect.stringMatching(isHit)))
    expect([again.body, partAgain.body]).toEqual([whole.body, part.body])
    for (const { headers } of [whole, part, again, partAgain]) expect(headers.vary).toMatch(/hx-request/i)
  })
})

describe('docs/recipes/analytics.md', () => {
  it('shares a page whatever the campaign, and whatever analytics have set', async () => {
    const base = urlOf('analytics')
    expect((await new Browser(base).get('/?utm_source=a')).cache).toMatch(isStored)
    const visits = [
      new Browser(base).get('/?utm_source=b&fbclid=1'),
      new Browser(base, { Cookie: '_ga=GA1.1.7; visit_count=3' }).get('/'),
      new Browser(base, { Cookie: 'theme=light; consent=1' }).get('/?gclid=9'),
    ]
    const [campaign, visited, light] = await Promise.all(visits)
    expect(campaign?.cache).toMatch(isHit)
    expect(visited?.cache).toMatch(isHit)
    expect(light?.body).toContain('class="light"')
  })

  it('has a page of its own for the dark theme', async () => {
    const dark = new Browser(urlOf('analytics'), { Cookie: 'theme=dark' })
    expect((await dark.get('/')).body).toContain('class="dark"')
    const again = await dark.get('/?utm_medium=x')
    expect(again.cache).toMatch(isHit)
    expect(again.body).toContain('class="dark"')
    expect((await new Browser(urlOf('analytics')).get('/?q=1')).cache).toMatch(isStored)
  })
})
