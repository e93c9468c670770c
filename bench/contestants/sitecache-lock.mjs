import { createCaches, siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import express from 'express'
import { expressHandler } from '../handlers.mjs'
import { storeTimeout } from '../page.mjs'

export function createListener() {
  const store = redisStore(process.env.BENCH_STORE_URL, { timeoutMs: storeTimeout })
  const caches = createCaches({ default: { store } })
  return express()
    .use(siteCache({ caches, lock: true }))
    .get('/page/:id', expressHandler)
}
