import { describe, expect, it } from '@jest/globals'
import {
  addCacheTags,
  createCaches,
  invalidatePage,
  invalidateTags,
  memoryStore,
  siteCache,
} from '@sitecache/express'
import request from '@sitecache/test-support/request'
import { TurnStore } from '@sitecache/test-support/turn-store'
import express from 'express'

const stores = {
  'in this process': () => memoryStore(),
  elsewhere: () => Object.assign(new TurnStore(), { open: true }),
}

describe.each(Object.entries(stores))('a soft purge, with a store %s,', (_where, storeOf) => {
  it('that comes while a page is made anew has later requests make another', async () => {
    const cache = createCaches({ default: { store: storeOf() } }).get('default')
    const gates: (() => void)[] = []
    let state = 'old'
    const app = express().use(siteCache({ cache, timeout: 100 }))
    app.get('/', async (_req, res) => {
      const shown = state
      addCacheTags(res, 'all')
      if (state !== 'old') await new Promise<void>((resolve) => gates.push(resolve))
      res.send(shown)
    })
    const get = () => request(app).get('/').expect(200)
    await get()
    await cache.idle()
    // The page is void, and its record isn't: it is known what the URL depends on.
    await invalidateTags('all', { cache })
    state = 'before the purge'
    const first = get().then(({ text }) => text)
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
    state = 'after the purge'
    await invalidatePage('http://site.example/', { cache, soft: true })
    const second = get().then(({ text }) => text)
    while (gates.length === 1) await new Promise((resolve) => setImmediate(resolve))
    for (const open of gates) open()
    expect(await first).toBe('before the purge')
    expect(await second).toBe('after the purge')
    await cache.idle()
    await cache.close()
  })
})
