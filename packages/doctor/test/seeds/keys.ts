import {
  type Cache,
  cachePage,
  createCaches,
  memoryStore,
  type SiteOptions,
  siteCache,
  varyOnCookie,
} from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express, { type Express } from 'express'
import { loadOf, pick } from '../support/load.js'
import type { Seed } from '../support/seed.js'

export function freshCache(): Cache {
  return createCaches({ default: { store: memoryStore() } }).get('default')
}

/** A site of articles. */
export function articles(options: SiteOptions, cache = freshCache()): { app: Express; caches: Cache[] } {
  const app = express().use(siteCache({ ...options, cache }))
  app.get('/articles/:id', (req, res) => void res.send(page(`Article ${req.params.id}`)))
  return { app, caches: [cache] }
}

/** A page of some length. */
export function page(text: string): string {
  return `<html><h1>${text}</h1>${'<p>Lorem ipsum dolor sit amet.</p>'.repeat(30)}</html>`
}

/** What splits pages in their keys. */
export const keySeeds: readonly Seed[] = [
  {
    rule: 'query-parameters',
    fix: "siteCache({ query: { except: ['utm_source', 'fbclid'] } })",
    load: loadOf(300, 1.5, (random) => {
      const source = ['news', 'mail', 'social', 'ad'][pick(random, 4)]
      const click = random() < 0.5 ? `&fbclid=${pick(random, 20)}` : ''
      return { path: `/articles/${pick(random, 6)}?utm_source=${source}${click}&tab=${pick(random, 2)}` }
    }),
    site(isMended) {
      const cache = freshCache()
      const query = isMended ? { query: { except: ['utm_source', 'fbclid'] } } : {}
      const app = express().use(siteCache({ cache, ...query }))
      app.get(
        '/articles/:id',
        (req, res) => void res.send(page(`Article ${req.params.id}, ${req.query.tab}`)),
      )
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'query-order',
    fix: "siteCache({ query: 'sorted' })",
    load: loadOf(300, 1.5, (random) => {
      const parts = [`size=${pick(random, 4)}`, `color=${pick(random, 4)}`, `sort=${pick(random, 2)}`]
      return { path: `/list?${parts.sort(() => random() - 0.5).join('&')}` }
    }),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache, query: isMended ? 'sorted' : 'exact' }))
      app.get('/list', ({ query }, res) => void res.send(page(`${query.size} ${query.color} ${query.sort}`)))
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'vary',
    fix: "buckets: { 'accept-language': ['en', 'fr'] }",
    load: loadOf(300, 1.5, (random) => {
      const weight = 0.3 + pick(random, 6) / 10
      const language = ['en-US,en', 'en-GB,en', 'fr-FR,fr', 'fr-CA,fr'][pick(random, 4)]
      return {
        path: `/articles/${pick(random, 5)}`,
        headers: { 'Accept-Language': `${language};q=${weight.toFixed(1)}` },
      }
    }),
    site(isMended) {
      const cache = freshCache()
      const buckets = isMended ? { buckets: { 'accept-language': ['en', 'fr'] } } : {}
      const app = express().use(siteCache({ cache, ...buckets }))
      app.get('/articles/:id', (req, res) => {
        res.vary('Accept-Language')
        res.send(page(`${req.acceptsLanguages('en', 'fr')} ${req.params.id}`))
      })
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'vary-cookie',
    fix: "buckets: { cookie: ['theme'] }",
    load: loadOf(300, 1.5, (random) => {
      const cookies = [`visit=${pick(random, 30)}`, `theme=${['dark', 'light'][pick(random, 2)]}`]
      return { path: `/articles/${pick(random, 4)}`, headers: { Cookie: cookies.join('; ') } }
    }),
    site(isMended) {
      const cache = freshCache()
      const buckets = isMended ? { buckets: { cookie: ['theme'] } } : {}
      const app = express().use(siteCache({ cache, ...buckets }), cookieParser())
      app.get('/articles/:id', varyOnCookie, (req, res) => {
        res.send(page(`${req.params.id} in ${req.cookies.theme}`))
      })
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'max-variants',
    fix: 'siteCache({ maxVariants: 50 })',
    load: loadOf(400, 2, (random) => ({
      path: '/stock',
      headers: { 'X-Branch': String(pick(random, 40)) },
    })),
    site(isMended) {
      const cache = freshCache()
      const app = express()
      app.get(
        '/stock',
        cachePage('1h', { cache, maxVariants: isMended ? 50 : 20 }),
        (req, res) => void res.vary('X-Branch').send(page(`Branch ${req.get('x-branch')}`)),
      )
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'hosts',
    fix: 'res.redirect(301',
    load: loadOf(300, 1.5, (random) => {
      const host = ['shop.example', 'www.shop.example', 'shop.test'][pick(random, 3)] ?? ''
      return { path: `/articles/${pick(random, 20)}`, headers: { Host: host } }
    }),
    site(isMended) {
      const cache = freshCache()
      const app = express()
      if (isMended)
        app.use((req, res, next) =>
          req.hostname === 'shop.example'
            ? next()
            : res.redirect(301, `http://shop.example${req.originalUrl}`),
        )
      app.use(siteCache({ cache }))
      app.get('/articles/:id', (req, res) => void res.send(page(`Article ${req.params.id}`)))
      return [{ app, caches: [cache] }]
    },
  },
]
