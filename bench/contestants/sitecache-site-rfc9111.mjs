import { siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

/** Under this policy a page has to say itself how long it is fresh. @type {import('express').RequestHandler} */
const says = (_req, res, next) => {
  res.set('Cache-Control', 'max-age=600')
  next()
}

export const createListener = () =>
  express()
    .use(siteCache({ policy: 'rfc9111' }))
    .get('/page/:id', says, expressHandler)
