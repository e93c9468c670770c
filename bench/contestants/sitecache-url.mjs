import { createCaches, siteCache } from '@sitecache/express'
import express from 'express'
import { expressHandler } from '../handlers.mjs'
import { storeTimeout } from '../page.mjs'

/** On whatever store a URL names. */
export async function createListener() {
  const caches = createCaches({ default: `${process.env.BENCH_STORE_URL}?timeout_ms=${storeTimeout}` })
  const { store } = caches.get('default')
  if ('createTable' in store) await store.createTable()
  return express().use(siteCache({ caches })).get('/page/:id', expressHandler)
}
