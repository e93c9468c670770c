import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { describe } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import compression from 'compression'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import ejs from 'ejs'
import express, { type Express, Router } from 'express'
import express4 from 'express4'
import hbs from 'hbs'
import { Hono } from 'hono'
import nunjucks from 'nunjucks'
import pug from 'pug'
import { sessions } from '../leaks/applications/people.js'
import { handler } from '../support/application.js'
import { inBoth, type Kit, mustHit, paths, type Stack } from '../support/stack.js'

const views = mkdtempSync(join(tmpdir(), 'sitecache-views-'))
const templates = {
  'page.ejs': 'page <%= path %>',
  'page.pug': 'p page #{path}',
  'page.njk': 'page {{ path }}',
  'page.hbs': 'page {{{path}}}',
}
for (const [name, text] of Object.entries(templates)) writeFileSync(join(views, name), text)

type Engine = readonly [extension: string, set: (app: Express) => void]
const engines: readonly Engine[] = [
  ['ejs', (app) => app.engine('ejs', (ejs as unknown as { renderFile: never }).renderFile)],
  ['pug', (app) => app.engine('pug', (pug as unknown as { __express: never }).__express)],
  ['njk', (app) => nunjucks.configure(views, { express: app, autoescape: false })],
  ['hbs', (app) => app.engine('hbs', hbs.__express)],
]

/** Views to which a middleware gives the user and a token, and which use neither. */
const inViews = engines.flatMap(([extension, use]) =>
  inBoth(
    `views in ${extension} that don’t use the locals of their visitor`,
    () => [
      sessions(),
      handler((req, res, next) => {
        res.locals.user = req.session.name ?? null
        res.locals.cart = { items: req.session.name === undefined ? [] : [1] }
        next()
      }),
    ],
    {
      set: (app) => {
        app.set('views', views)
        use(app)
      },
      show: (req, res) => res.render(`page.${extension}`, { path: req.path }),
    },
  ).filter(({ name }) => name.endsWith('between')),
)

const onConnect = ({ caches, page }: Kit, cached: boolean) => {
  const app = connect()
  if (cached) app.use(updateCache({ caches }))
  app.use(sessions() as never).use(cookieParser() as never)
  if (cached) app.use(fetchFromCache())
  app.use('/sign-in', (_req, res) => res.end('in'))
  for (const path of [...paths].reverse())
    app.use(path, page(path, (_req, res) => res.end(`page ${path}`)) as never)
  return app
}

const inFrameworks: readonly Stack[] = [
  {
    name: 'Express 4 in the README’s order',
    build: ({ caches, page }) => {
      const app = express4().use(
        updateCache({ caches }),
        sessions(),
        compression({ threshold: 0 }),
        fetchFromCache(),
      )
      for (const path of paths) app.get(path, page(path))
      return app
    },
  },
  { name: 'Connect in the README’s order', build: (kit) => onConnect(kit, true) },
  // Connect has no layers to see: the visitor who signs in may have pages of their own.
  {
    name: 'withSiteCache() over Connect',
    renders: { '/': 2, '/articles': 2 },
    build: (kit) => withSiteCache(onConnect(kit, false), { caches: kit.caches }),
  },
  {
    name: 'withSiteCache() over Express with sessions',
    build: ({ caches, page }) => {
      const app = express().use(sessions(), cookieParser())
      for (const path of paths) app.get(path, page(path))
      return withSiteCache(app, { caches })
    },
  },
  {
    name: 'withSiteCache() over Hono',
    build: ({ caches, rendered }) => {
      const app = new Hono()
      for (const path of paths)
        app.get(path, (context) => {
          rendered(path)
          return context.text(`page ${path}`)
        })
      return withSiteCache(getRequestListener(app.fetch), { caches })
    },
  },
  {
    name: 'routers that are mounted, with a middleware of their own',
    build: ({ caches, page }) => {
      const router = Router().use(cookieParser()).get('/articles', page('/articles'))
      return express().use(siteCache({ caches }), Router().use('/', router)).get('/', page('/'))
    },
  },
  {
    name: 'an application that is mounted in another',
    build: ({ caches, page }) => {
      const inner = express().use(sessions()).get('/articles', page('/articles')).get('/', page('/'))
      return express()
        .use(updateCache({ caches }), compression({ threshold: 0 }), fetchFromCache())
        .use(inner)
    },
  },
  {
    name: 'cachePage() at the routes, with sessions and compression above',
    build: ({ caches, page }) => {
      const app = express().use(sessions(), compression({ threshold: 0 }), cookieParser())
      for (const path of paths) app.get(path, cachePage('1m', { caches }), page(path))
      return app
    },
  },
  {
    name: 'cachePage() around handlers',
    build: ({ caches, page }) => {
      const app = express().use(sessions())
      for (const path of paths) app.get(path, cachePage('1m', { caches })(page(path)) as never)
      return app
    },
  },
]

describe('applications of all kinds have hits', () => {
  mustHit([...inViews, ...inFrameworks])
})
