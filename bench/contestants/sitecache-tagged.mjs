import { memoryStore } from '@sitecache/core'
import { createCaches, invalidateTags, siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import express from 'express'
import { expressHandler } from '../handlers.mjs'
import { storeTimeout } from '../page.mjs'

const url = process.env.BENCH_STORE_URL
// None of the pages that are to be purged may have been evicted before.
const store = url ? redisStore(url, { timeoutMs: storeTimeout }) : memoryStore({ maxBytes: 2 ** 30 })
const caches = createCaches({ default: { store } })
const tags = Array.from({ length: Number(process.env.BENCH_TAGS ?? 0) }, (_, i) => `tag-${i}`)

export const createListener = () =>
  express()
    .use(siteCache({ caches, tags: () => tags }))
    .get('/page/:id', expressHandler)

export const actions = {
  async purge() {
    const started = performance.now()
    await invalidateTags('tag-0', { caches })
    return { milliseconds: performance.now() - started }
  },
}
