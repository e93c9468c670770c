import cacheableResponse from 'cacheable-response'
import express from 'express'
import { renderPage } from '../page.mjs'

// Its README's lifetime: one under its staleTtl, an hour, is refreshed at every request.
export function createListener() {
  const cached = cacheableResponse({
    get: async ({ req }) => ({ data: await renderPage(req.params.id), ttl: 24 * 60 * 60_000 }),
    send: ({ data, res }) => res.type('html').send(data),
  })
  return express().get('/page/:id', (req, res) => cached({ req, res }))
}
