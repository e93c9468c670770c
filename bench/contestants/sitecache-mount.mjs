import { siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

/** What Express takes for any middleware that is mounted where a dashboard would be. */
export const createListener = () =>
  express()
    .use('/cache', (_req, _res, next) => next())
    .use(siteCache())
    .get('/page/:id', expressHandler)
