import express from 'express'
import httpCache from 'http-cache-middleware'
import { expressHandler } from '../handlers.mjs'

export function createListener() {
  const app = express().use(httpCache())
  return app.get('/page/:id', (req, res) => {
    // It stores only what names its lifetime.
    res.set('x-cache-timeout', '15 minutes')
    expressHandler(req, res)
  })
}
