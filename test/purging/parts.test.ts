import { describe, expect, it } from '@jest/globals'
import { createCaches, invalidateTags, memoryStore, siteCache } from '@sitecache/express'
import { fragment } from '@sitecache/templates'
import request from '@sitecache/test-support/request'
import express from 'express'

describe('a page with a fragment in it', () => {
  function site(options: object) {
    const caches = createCaches({ default: { store: memoryStore() }, fragments: { store: memoryStore() } })
    const cache = caches.get('default')
    const app = express().use(siteCache({ cache }))
    let renders = 0
    app.get('/', async (_req, res) => {
      renders += 1
      const name = { name: 'sidebar', timeout: 120, tags: ['sidebar'], ...options }
      const part = await fragment(caches.get('fragments'), name, async () => `part of render ${renders}`)
      res.send(`page ${renders} with ${part}`)
    })
    return { app, cache }
  }

  it('is dropped with the tags of that fragment, whether it was rendered or was there', async () => {
    const { app, cache } = site({})
    for (const page of [1, 2, 3]) {
      expect((await request(app).get('/')).text).toBe(`page ${page} with part of render 1`)
      expect((await request(app).get('/')).headers['cache-status']).toMatch(/hit/)
      await invalidateTags('sidebar', { cache })
    }
  })
})
