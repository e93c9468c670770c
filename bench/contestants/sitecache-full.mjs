import { memoryStore } from '@sitecache/core'
import { createCaches, siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'

/** A store as large as it is told to be. */
const store = memoryStore({ maxBytes: Number(process.env.BENCH_MAX_BYTES ?? 64 * 2 ** 20) })
const caches = createCaches({ default: { store } })

export const createListener = () =>
  express()
    .use(siteCache({ caches, timeout: 24 * 3600 }))
    .get('/page/:id', expressHandler)

export const actions = {
  stats: async () => ({ ...(await store.stats()) }),
}
