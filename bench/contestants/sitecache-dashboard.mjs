import { dashboard } from '@sitecache/dashboard'
import { siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express()
    .use('/cache', dashboard({ authorize: () => true }))
    .use(siteCache())
    .get('/page/:id', expressHandler)
