import { siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

export const createListener = () =>
  express()
    .use(siteCache({ inputs: 'declared' }))
    .get('/page/:id', expressHandler)
