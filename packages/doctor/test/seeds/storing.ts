import {
  cacheControl,
  cachePage,
  fetchFromCache,
  hole,
  siteCache,
  updateCache,
  warm,
} from '@sitecache/express'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import express from 'express'
import session from 'express-session'
import { passMilliseconds, seconds } from '../support/clock.js'
import { type LoadedRequest, loadOf, pick } from '../support/load.js'
import type { Seed } from '../support/seed.js'
import { freshCache, page } from './keys.js'

const greeting = hole('greeting', (req) => `Hello ${visitorOf(req.headers.cookie)}`)

function visitorOf(cookie = ''): string {
  return /visitor=(\w+)/.exec(cookie)?.[1] ?? 'stranger'
}

let renders = 0

const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

/** What keeps responses from being stored, or from being hits. */
export const storingSeeds: readonly Seed[] = [
  {
    rule: 'set-cookie',
    fix: 'saveUninitialized: false',
    load: loadOf(200, 2, (random) => ({ path: `/articles/${pick(random, 12)}` })),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache }))
      app.use(session({ secret: 'a secret', resave: false, saveUninitialized: !isMended }))
      app.get('/articles/:id', (req, res) => void res.send(page(`Article ${req.params.id}`)))
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'private',
    fix: 'cacheControl({ public: true, sMaxage: 600 })',
    load: loadOf(200, 2, (random) => ({
      path: `/articles/${pick(random, 12)}`,
      headers: { Cookie: `visitor=${pick(random, 9)}` },
    })),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache }))
      const control = isMended
        ? cacheControl({ public: true, sMaxage: 600 })
        : cacheControl({ private: true })
      app.get('/articles/:id', control, (req, res) => void res.send(page(`Article ${req.params.id}`)))
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'vary-cookie',
    fix: "hole('",
    load: loadOf(200, 2, (random) => ({
      path: `/articles/${pick(random, 5)}`,
      headers: { Cookie: `visitor=v${pick(random, 30)}` },
    })),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(updateCache({ cache }), cookieParser(), fetchFromCache())
      app.get('/articles/:id', (req, res) => {
        const name = isMended ? greeting : `Hello ${req.cookies.visitor}`
        res.send(page(`Article ${req.params.id}`) + page(`${name}`))
      })
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'short-lifetime',
    fix: "cachePage('15m')",
    load: loadOf(300, 5, (random) => ({ path: `/articles/${pick(random, 8)}` })),
    site(isMended) {
      const cache = freshCache()
      const app = express()
      app.get(
        '/articles/:id',
        cachePage(isMended ? '15m' : 60, { cache }),
        (req, res) => void res.send(page(`Article ${req.params.id}`)),
      )
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'slow-expiry',
    fix: "siteCache({ staleWhileRevalidate: '1m' })",
    load: loadOf(300, 5, (random) => ({ path: `/reports/${pick(random, 8)}` })),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache, timeout: 60, staleWhileRevalidate: isMended ? '1m' : 0 }))
      app.get('/reports/:id', (req, res) => {
        passMilliseconds(800)
        renders += 1
        res.send(page(`Report ${req.params.id}, ${renders}`))
      })
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'expire-together',
    sparesWork: true,
    fix: 'siteCache({ jitter: 0.2 })',
    // By then the pages of the mended site have spread.
    from: 305,
    load: wavesOf(20, 6, 92),
    site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache, timeout: 59, jitter: isMended ? 0.2 : 0 }))
      let begun: number[] = []
      app.get('/articles/:id', (req, res) => {
        const now = seconds()
        begun = [...begun.filter((at) => at > now - 1), now]
        // As a process, or a database, that has too much to do at once.
        passMilliseconds(begun.length > 5 ? 300 : 50)
        renders += 1
        res.send(page(`Article ${req.params.id}, ${renders}`))
      })
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'compression',
    sparesWork: true,
    fix: 'app.use(siteCache())\napp.use(compression())',
    load: loadOf(150, 2, (random) => ({
      path: `/articles/${pick(random, 8)}`,
      headers: { 'Accept-Encoding': 'gzip' },
    })),
    site(isMended) {
      const cache = freshCache()
      // Asked about each body that is compressed.
      const filter = (): boolean => {
        passMilliseconds(4)
        return true
      }
      const [cached, compressed] = [siteCache({ cache }), compression({ threshold: 0, filter })]
      const app = isMended ? express().use(cached, compressed) : express().use(compressed, cached)
      app.get('/articles/:id', (req, res) => void res.send(page(`Article ${req.params.id}`)))
      return [{ app, caches: [cache] }]
    },
  },
  {
    rule: 'robots',
    isForInformation: true,
    sparesWork: true,
    fix: 'sitecache warm',
    load: loadOf(240, 1, (random, i) => {
      // A crawler goes on from article to article; a monitor looks at what it has not reached yet.
      if (i % 3 === 0) return { path: `/articles/${i / 3}`, headers: { 'User-Agent': GOOGLE } }
      if (i % 3 === 1) return { path: `/articles/${79 - pick(random, 10)}`, method: 'HEAD' as const }
      return { path: `/articles/${pick(random, Math.floor(i / 3) + 1)}` }
    }),
    async site(isMended) {
      const cache = freshCache()
      const app = express().use(siteCache({ cache }))
      app.get('/articles/:id', (req, res) => {
        passMilliseconds(40)
        res.send(page(`Article ${req.params.id}`))
      })
      const urls = Array.from({ length: 80 }, (_, i) => `http://shop.example/articles/${i}`)
      if (isMended) await warm(urls, { app })
      return [{ app, caches: [cache] }]
    },
  },
]

/** Pages that are asked for at once, every so many seconds, and in between one that is new. */
function wavesOf(pages: number, every: number, waves: number): LoadedRequest[] {
  return Array.from({ length: waves }, (_, wave) => [
    ...Array.from({ length: pages }, (_, i) => ({ at: wave * every + i / pages, path: `/articles/${i}` })),
    ...(wave % 3 === 1 ? [{ at: wave * every + 3, path: `/articles/new-${wave}` }] : []),
  ]).flat()
}
