import { describe, expect, it } from '@jest/globals'
import { siteCache, type WarmProgress, warm } from '@sitecache/express'
import express from 'express'
import { listen } from '../support/applications.js'
import { freshCache } from '../support/cache.js'
import request from '../support/request.js'

function site() {
  const app = express().use(siteCache({ cache: freshCache() }))
  const state = { renders: 0, atOnce: 0, most: 0 }
  app.get('/private', (_req, res) => res.set('Cache-Control', 'private').send('x'))
  app.get('/broken', (_req, res) => res.status(500).send('x'))
  app.get('/:name', async (req, res) => {
    state.renders += 1
    state.atOnce += 1
    state.most = Math.max(state.most, state.atOnce)
    await new Promise((resolve) => setTimeout(resolve, 10))
    state.atOnce -= 1
    res
      .vary('Accept-Language')
      .send(`${req.protocol}://${req.get('host')}/${req.params.name} ${req.get('accept-language')}`)
  })
  return { app, state }
}

describe('warm()', () => {
  it('stores the pages of an application without a network', async () => {
    const { app, state } = site()
    const urls = ['a', 'b', 'c', 'private', 'broken', 'a'].map((name) => `http://site.example/${name}`)
    const told: WarmProgress[] = []
    const headers = { 'accept-language': 'de' }
    const result = await warm(urls, {
      app,
      headers,
      concurrency: 2,
      onProgress: (progress) => told.push(progress),
    })
    expect(result).toEqual({ total: 5, hit: 0, stored: 3, 'not-stored': 1, failed: 1 })
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5])
    expect(told.find(({ url }) => url.endsWith('/broken'))).toMatchObject({
      status: 500,
      outcome: 'failed',
      total: 5,
    })
    expect(state.most).toBe(2)
    const hit = await request(app).get('/a').set('Accept-Language', 'de')
    expect([hit.text, state.renders]).toEqual(['http://site.example/a de', 3])
    expect(await warm(urls, { app, headers })).toMatchObject({ hit: 3, stored: 0 })
  })

  it('asks servers over the network', async () => {
    const { app, state } = site()
    const { url, close } = await listen(app)
    expect(await warm([`${url}/a`, `${url}/b`])).toMatchObject({ stored: 2 })
    expect(await warm([`${url}/a`, `${url}/b`])).toMatchObject({ hit: 2 })
    await close()
    expect(state.renders).toBe(2)
    expect(await warm([`${url}/a`])).toMatchObject({ failed: 1, total: 1 })
  })

  it('stores a page under the scheme of its URL', async () => {
    const { app } = site()
    await warm(['https://site.example/a'], { app })
    expect((await request(app).get('/a')).headers['cache-status']).not.toMatch(/hit/)
    expect(await warm(['https://site.example/a'], { app })).toMatchObject({ hit: 1 })
  })

  it('ends early when it is told to', async () => {
    const { app, state } = site()
    const controller = new AbortController()
    const urls = Array.from({ length: 50 }, (_, i) => `http://site.example/${i}`)
    const onProgress = (): void => controller.abort()
    await warm(urls, { app, concurrency: 1, signal: controller.signal, onProgress })
    expect(state.renders).toBe(1)
  })

  it.each([
    [['/a'], {}, /absolute URLs/],
    [[], { concurrency: 0 }, /concurrency must be a whole number/],
    [[], { headers: { a: 1 } }, /headers must be an object/],
    [[], { threads: 4 }, /threads is not an option/],
  ])('refuses %p with %p', async (urls, options, message) => {
    await expect(warm(urls, options as object)).rejects.toThrow(message)
  })
})
