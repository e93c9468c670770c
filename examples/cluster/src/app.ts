import { setTimeout as sleep } from 'node:timers/promises'
import { addCacheTags, type Caches, invalidatePage, invalidateTags, siteCache } from '@sitecache/express'
import express, { type Express } from 'express'
import type { Article, Articles } from './articles.js'

/** Milliseconds that a page takes to render: what a hit saves. */
const RENDER_MS = 50

/** The application, as each of the four processes runs it. */
export function createApp(caches: Caches, articles: Articles): Express {
  const app = express()
  app.disable('x-powered-by')
  // Set in front of the cache, so on hits too: who answered. Who rendered stands in the page.
  app.use((_req, res, next) => {
    res.set('X-Worker', String(process.pid))
    next()
  })
  app.use(siteCache({ caches, timeout: '10m' }))

  app.get('/articles/:id', async (req, res) => {
    const article = await articles.load(req.params.id)
    await sleep(RENDER_MS)
    addCacheTags(res, 'articles')
    res.send(page(article))
  })
  // An edit drops the page of its own URL, in all processes, without a word of ours (RFC 9111 §4.4).
  app.post('/articles/:id', async (req, res) => {
    await articles.edit(req.params.id)
    res.redirect(303, req.originalUrl)
  })
  // Drops a page that nothing was sent to. A site of yours would ask here who wants that.
  app.post('/purge/articles/:id', async (req, res) => {
    const path = `/articles/${encodeURIComponent(req.params.id)}`
    await invalidatePage(`${req.protocol}://${req.get('host')}${path}`, { caches })
    res.redirect(303, path)
  })
  // Drops the pages of all articles at once, however many there are.
  app.post('/purge/articles', async (_req, res) => {
    await invalidateTags('articles', { caches })
    res.redirect(303, '/articles/1')
  })
  return app
}

function page({ id, revision, renders }: Article): string {
  return `<!doctype html>
<html lang="en">
<title>Article ${encodeURIComponent(id)}</title>
<h1>Article ${encodeURIComponent(id)}</h1>
<p>Revision <b id="revision">${revision}</b>, rendered by worker <b>${process.pid}</b> at ${new Date().toISOString()}.
<p>Rendered <b id="renders">${renders}</b> times so far, by all workers.
<form method="post"><button>Edit</button></form>
<form method="post" action="/purge/articles/${encodeURIComponent(id)}"><button>Purge</button></form>
</html>
`
}
