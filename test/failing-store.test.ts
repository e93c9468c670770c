import { describe, expect, it } from '@jest/globals'
import { createCaches, guardStore } from '@sitecache/core'
import { siteCache } from '@sitecache/express'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import express from 'express'

describe('a page while its store fails', () => {
  it('is not said to be stored (RFC 9211 §2.4), until one is stored again', async () => {
    const store = new FaultyStore()
    const caches = createCaches({ default: { store: guardStore(store, { retryMs: 1 }) } })
    caches.get('default').on('error', () => {})
    const app = express().use(siteCache({ caches }))
    app.get('/:page', (req, res) => void res.send(`page ${req.params.page}`))
    const statusOf = async (page: string) => {
      const response = await request(app).get(`/${page}`)
      await caches.idle()
      expect(response.text).toBe(`page ${page}`)
      return String(response.headers['cache-status'])
    }
    expect(await statusOf('a')).toMatch(/; stored/)
    store.failure = new Error('gone')
    for (const page of ['b', 'c', 'd']) expect(await statusOf(page)).not.toMatch(/; stored/)
    store.failure = undefined
    while (!/; stored/.test(await statusOf(`back${Math.random()}`)));
    await caches.close()
  })
})
