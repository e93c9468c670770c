import { memoryStore, tieredStore } from '@sitecache/core'
import { createCaches, siteCache } from '@sitecache/express'
import { redisBus, redisStore } from '@sitecache/redis'
import express from 'express'
import { expressHandler } from '../handlers.mjs'
import { storeTimeout } from '../page.mjs'

export function createListener() {
  const url = process.env.BENCH_STORE_URL
  const far = redisStore(url, { timeoutMs: storeTimeout })
  const store = tieredStore(memoryStore(), far, { bus: redisBus(url) })
  const caches = createCaches({ default: { store } })
  return express().use(siteCache({ caches })).get('/page/:id', expressHandler)
}
