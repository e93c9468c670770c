/**
 * Sites whose visitors, pages and values come and go. Each is a listener, and what one turn asks of it; `ask` is that of
 * `soak.mjs`.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(new URL('../../test/package.json', import.meta.url))
const packages = new URL('../../packages/', import.meta.url)
const ours = (file) => require(new URL(file, packages).pathname)
const {
  cachePage,
  createCaches,
  fetchFromCache,
  hole,
  invalidatePage,
  invalidateTags,
  memoryStore,
  siteCache,
  updateCache,
} = ours('express/dist/index.cjs')
const express = require('express')

const page = 'x'.repeat(500)
const smallCaches = () => createCaches({ default: { store: memoryStore({ maxBytes: 4 * 2 ** 20 }) } })
const smallCache = () => smallCaches().get('default')
const send = (_req, res) => void res.send(page)

export const sites = {
  /** Without a cache: what a process grows by anyway. */
  uncached() {
    return { listener: express().get('/{*path}', send), turn: (ask, i) => ask(`/${i}`) }
  },

  pages() {
    const app = express().use(siteCache({ cache: smallCache() }))
    return {
      listener: app.get('/{*path}', send),
      turn: (ask, i) => ask(`/${i % 4 === 0 ? i % 200 : i}?q=${i}`),
    }
  },

  purges() {
    const cache = smallCache()
    const app = express().use(siteCache({ cache, tags: (req) => [req.path] }))
    return {
      listener: app.get('/{*path}', send),
      async turn(ask, i) {
        await ask(`/${i}`)
        await ask(`/${i}`)
        await (i % 2 === 0
          ? invalidateTags(`/${i}`, { cache })
          : invalidatePage(`http://site.example/${i}`, { cache }))
      },
    }
  },

  visitors() {
    const session = require('express-session')
    const app = express().use(session({ secret: 'soak', resave: false, saveUninitialized: false }))
    app.use(siteCache({ cache: smallCache() }))
    app.get(
      '/{*path}',
      (req, res) => void res.send(`${req.get('accept-language')} ${req.session.user ?? ''} ${page}`),
    )
    const turn = (ask, i) =>
      ask(`/${i % 50}`, { cookie: `_ga=${i}; c${i}=1`, 'accept-language': `l${i}`, [`x-${i}`]: '1' })
    return { listener: app, turn }
  },

  halves() {
    const [cache, session, compression] = [smallCache(), require('express-session'), require('compression')]
    const app = express().use(updateCache({ cache }))
    app.use(
      session({ secret: 'soak', resave: false, saveUninitialized: false }),
      compression(),
      fetchFromCache({ cache }),
    )
    const turn = (ask, i) =>
      ask(`/${i % 3 === 0 ? i : i % 40}`, { 'accept-encoding': i % 2 === 0 ? 'gzip' : 'br' })
    return { listener: app.get('/{*path}', send), turn }
  },

  holes() {
    const late = hole('late', async (req) => req.get('x-name'))
    const app = express().use(siteCache({ cache: smallCache() }))
    app.get('/{*path}', (_req, res) => void res.send(`<p>${late()}</p>${page}`))
    return {
      listener: app,
      turn: (ask, i) => ask(`/${i % 10 === 0 ? i : i % 40}`, { 'x-name': `${i}` }, i % 7 === 0),
    }
  },

  leaving() {
    const app = express().use(siteCache({ cache: smallCache() }))
    app.get('/{*path}', (_req, res) => void setTimeout(() => res.send(page), 2))
    return { listener: app, turn: (ask, i) => ask(`/${i >> 2}`, {}, i % 2 === 0) }
  },

  values() {
    const cache = smallCache()
    const app = express().get('/:id', async (req, res) => {
      const { id } = req.params
      const value = await cache.getOrSet(id, async () => ({ id }), { timeout: 60, tags: [id] })
      await cache.lock(`lock ${id}`, () => cache.set(`set ${id}`, [id], 60))
      await cache.delete(`set ${id}`)
      res.json(value)
    })
    return { listener: app, turn: (ask, i) => ask(`/${i}`) }
  },

  fragments() {
    const { ejsFragments } = ours('templates/dist/engines/ejs.js')
    const [caches, views] = [smallCaches(), mkdtempSync(join(tmpdir(), 'sitecache-soak-'))]
    const view = "<% await fragment(60, 'box', [id], {}, async () => { %>hi <%= id %><% }) %>"
    writeFileSync(join(views, 'page.ejs'), view)
    const app = express().set('views', views).enable('view cache')
    app.engine('ejs', ejsFragments(require('ejs'), { caches }))
    app.get('/:id', cachePage(60, { caches }), (req, res) => res.render('page.ejs', { id: req.params.id }))
    return { listener: app, turn: (ask, i) => ask(`/${i}`) }
  },
}
