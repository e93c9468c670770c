import { describe, expect, it } from '@jest/globals'
import { leaveUncounted, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'

describe('leaveUncounted', () => {
  it('leaves a request out of events, counts and renders under way, however it ends', async () => {
    const cache = freshCache()
    const told: unknown[] = []
    cache.on('exchange', ({ route }) => void told.push(route))
    const rendering: number[] = []
    const app = express().use(siteCache({ cache }))
    app.all('/health', (req, res) => {
      rendering.push(cache.meter.rendering)
      leaveUncounted(req)
      leaveUncounted(req)
      rendering.push(cache.meter.rendering)
      res.set('Cache-Control', 'no-store').send('ok')
    })
    app.get('/page', (_req, res) => void res.send('page'))
    const url = await serve(app)
    for (const method of ['GET', 'HEAD', 'POST']) await (await fetch(`${url}/health`, { method })).text()
    await (await fetch(`${url}/page`)).text()
    expect(told).toEqual(['/page'])
    expect(rendering).toEqual([1, 0, 1, 0, 0, 0])
    expect(cache.meter.rendering).toBe(0)
    // A request that goes past the cache is counted before its handler runs.
    expect((await cache.stats()).results).toEqual({ miss: 1, bypass: 1 })
  })
})
