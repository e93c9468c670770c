import { describe, expect, it } from '@jest/globals'
import { Browser, runDocuments } from '@sitecache/test-support/documents'
import fc from 'fast-check'

/** Pages of the recipes, and what visitors may do there first. */
const recipes = [
  { name: 'csrf', path: '/contact', forms: [] },
  { name: 'csp-nonce', path: '/', forms: [] },
  { name: 'flash', path: '/articles', forms: [['/articles', {}]] },
  { name: 'cart', path: '/shoes', forms: [['/cart/boots', {}]] },
  { name: 'passport', path: '/', forms: [['/login', { username: 'ada', password: 'secret' }]] },
  { name: 'passport', path: '/account', forms: [['/login', { username: 'bob', password: 'secret' }]] },
  { name: 'i18n', path: '/', forms: [] },
  { name: 'htmx', path: '/articles', forms: [] },
  { name: 'analytics', path: '/', forms: [] },
  { name: 'helmet', path: '/', forms: [] },
] as const

const urlOf = runDocuments([...new Set(recipes.map(({ name }) => `docs/recipes/${name}.md`))])

const fields = fc.record(
  {
    'Accept-Language': fc.constantFrom('en', 'fr', 'fr-CA,fr;q=0.9', 'de', 'en;q=0.1, fr', '*', ''),
    'HX-Request': fc.constantFrom('true', ''),
    Origin: fc.constantFrom('https://a.example', 'https://b.example', 'null'),
    Cookie: fc.constantFrom('theme=dark', 'theme=light; _ga=1', '_ga=2', 'visit_n=1; theme=dark', ''),
    'User-Agent': fc.constantFrom('a', 'b'),
    'If-None-Match': fc.constantFrom('*', '"x"'),
    Authorization: fc.constantFrom('Bearer a', 'Bearer b', ''),
  },
  { requiredKeys: [] },
)

const visitor = fc.record({
  fields,
  signsIn: fc.boolean(),
  query: fc.constantFrom('', '?utm_source=a', '?q=1'),
})

/** What differs between two answers to one visitor: tokens, nonces, times. */
const plain = (body: string): string =>
  body.replace(/value="\w{32,}"/g, 'value=…').replace(/nonce="[^"]+"/g, 'nonce=…')

let hosts = 0
/** A host that nobody has asked for: the handler's own answer, from no cache. */
const fresh = (): string => {
  hosts += 1
  return `fresh-${hosts}.example`
}

describe.each(recipes)('docs/recipes/$name.md, $path', ({ name, path, forms }) => {
  it('answers each visitor as its handler would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(visitor, { minLength: 2, maxLength: 5 }), async (visitors) => {
        const browsers = await Promise.all(
          visitors.map(async (each) => {
            const browser = new Browser(urlOf(name), { ...each.fields, Host: `${name}.example` })
            if (each.signsIn) for (const [to, form] of forms) await browser.post(to, form)
            return { browser, url: path + each.query }
          }),
        )
        for (const { browser, url } of [...browsers, ...browsers]) {
          const shown = await browser.get(url)
          // Messages that are shown once are gone by now.
          const own = await browser.get(url, { Host: fresh() })
          const [is, ought] = [shown, own].map(({ body }) => plain(body))
          if (name !== 'flash') expect(is).toBe(ought)
          else expect(is?.replace('Saved.', '')).toBe(ought)
        }
      }),
      { numRuns: 4 },
    )
  })
})
