import { expect, it } from '@jest/globals'
import { addCacheTags, cachePage, siteCache } from '@sitecache/express'
import compression from 'compression'
import express from 'express'
import session from 'express-session'
import './support/clock.js'
import { freshCache, page } from './seeds/keys.js'
import { seconds } from './support/clock.js'
import { loadOf, pick } from './support/load.js'
import { replay } from './support/replay.js'

it('finds nothing at a site that is well', async () => {
  const cache = freshCache()
  const app = express()
  app.use(
    siteCache({ cache, timeout: '2h', query: { except: ['utm_*'] }, staleWhileRevalidate: 60 }),
    compression(),
  )
  app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false }))
  app.get('/articles/:id', (req, res) => {
    addCacheTags(res, `article:${req.params.id}`)
    res.send(page(`Article ${req.params.id}, page ${req.query.page}`))
  })
  app.get(
    '/news',
    cachePage(100, { cache, staleWhileRevalidate: 60 }),
    (_req, res) => void res.send(page(`News of ${Math.floor(seconds() / 100)}`)),
  )
  app.post('/articles/:id', async (req, res) => {
    await cache.invalidateTags(`article:${req.params.id}`)
    res.end()
  })
  const load = loadOf(400, 3, (random, i) => {
    if (i % 80 === 79) return { path: `/articles/${pick(random, 30)}`, method: 'POST' as const }
    const path =
      random() < 0.2 ? '/news' : `/articles/${pick(random, 30)}?page=${pick(random, 2)}&utm_source=${i}`
    return { path, headers: { 'Accept-Encoding': 'gzip', Cookie: `visit=${i}` } }
  })
  const outcome = await replay([{ app, caches: [cache] }], load)
  expect(outcome.findings).toEqual([])
  expect(outcome.hits / outcome.lookUps).toBeGreaterThan(0.7)
})
