import { describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, invalidateTags, StoreError, siteCache } from '@sitecache/express'
import express from 'express'
import { FaultyStore } from '../support/faulty-store.js'
import request from '../support/request.js'

interface Failing {
  readonly cache: Cache
  readonly store: FaultyStore
  readonly operations: string[]
}

function failing(): Failing {
  const store = new FaultyStore()
  const cache = createCaches({ default: { store } }).get('default')
  const operations: string[] = []
  cache.on('error', ({ operation }) => operations.push(String(operation)))
  return { cache, store, operations }
}

describe('an error of the store', () => {
  it('is a miss, an event and a count for a request', async () => {
    const { cache, store, operations } = failing()
    const app = express().use(siteCache({ cache, tags: () => ['a'] }))
    app.get('/page', (_req, res) => res.send('page'))
    await request(app).get('/page').expect(200, 'page')
    store.failure = new Error('down')
    const { text, headers } = await request(app).get('/page').expect(200)
    expect([text, headers['cache-status']]).toEqual(['page', expect.stringContaining('fwd=uri-miss')])
    expect(operations.length).toBeGreaterThan(0)
    expect((await cache.stats()).errors).toBe(operations.length)
  })

  it('is a miss, an event and a count for a value', async () => {
    const { cache, store, operations } = failing()
    await cache.set('key', 1)
    store.failure = new Error('down')
    expect([await cache.get('key'), operations]).toEqual([undefined, ['get']])
    expect((await cache.stats()).errors).toBe(1)
  })

  it('is an error for the caller of a purge by tag, who must know', async () => {
    const { cache, store, operations } = failing()
    store.failure = new Error('down')
    await expect(invalidateTags('a', { cache })).rejects.toThrow(StoreError)
    expect(operations).toEqual(['invalidateTags'])
  })
})
