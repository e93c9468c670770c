import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Cache } from '@sitecache/core'
import {
  createCaches,
  type Explanation,
  explain,
  explainText,
  type LayerExplanation,
  memoryStore,
  siteCache,
  varyOnCookie,
} from '@sitecache/express'
import { fileStore } from '@sitecache/file'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express, { type Express } from 'express'

const host = { host: '127.0.0.1' }

function siteIn(cache: Cache): Express {
  const app = express().set('etag', false).use(siteCache({ cache }))
  app.get('/articles/:id', (req, res) => void res.vary('Accept-Language').send(`Article ${req.params.id}`))
  app.get('/account', varyOnCookie, (_req, res) => void res.send('account'))
  return app
}

const memory = (): Cache => createCaches({ default: { store: memoryStore() } }).get('default')

async function layerOf(app: Express, path: string, headers = {}): Promise<LayerExplanation> {
  const explained: Explanation = await explain(
    { url: `http://127.0.0.1${path}`, headers: { ...host, ...headers } },
    { app },
  )
  const [layer] = explained.layers
  if (layer === undefined) throw new Error('no layer')
  return layer
}

const get = (app: Express, path: string, headers: Record<string, string> = {}) =>
  request(app)
    .get(path)
    .set({ 'accept-encoding': 'identity', ...host, ...headers })

describe('hits of a page', () => {
  it('are not known of before look-ups were counted, and from then on those of each variant', async () => {
    const app = siteIn(memory())
    const [en, fr] = [{ 'accept-language': 'en' }, { 'accept-language': 'fr' }]
    await get(app, '/articles/1', en)
    await get(app, '/articles/1', en)
    expect((await layerOf(app, '/articles/1', en)).page?.hits).toBe('unknown')
    await get(app, '/articles/1', en)
    expect((await layerOf(app, '/articles/1', en)).page?.hits).toBe('unknown')
    for (let i = 0; i < 4; i += 1) await get(app, '/articles/1', fr)
    const { page, stored } = await layerOf(app, '/articles/1', fr)
    expect(page?.hits).toBe(3)
    expect(stored.list.map(({ hits }) => hits).sort()).toEqual([3, 'unknown'])
  })

  it('begin again with a page that is stored anew', async () => {
    const cache = memory()
    const app = siteIn(cache)
    await layerOf(app, '/articles/1')
    for (let i = 0; i < 3; i += 1) await get(app, '/articles/1')
    expect((await layerOf(app, '/articles/1')).page?.hits).toBe(2)
    await cache.clear()
    for (let i = 0; i < 2; i += 1) await get(app, '/articles/1')
    expect((await layerOf(app, '/articles/1')).page?.hits).toBe(1)
  })

  it('are counted of a 304 and of a HEAD, and by explain() not at all', async () => {
    const app = siteIn(memory())
    await layerOf(app, '/articles/1')
    await get(app, '/articles/1')
    await get(app, '/articles/1', { 'if-modified-since': new Date(Date.now() + 1000).toUTCString() })
    await request(app)
      .head('/articles/1')
      .set({ 'accept-encoding': 'identity', ...host })
    await layerOf(app, '/articles/1')
    expect((await layerOf(app, '/articles/1')).page?.hits).toBe(2)
  })

  it('are not known of pages that other processes serve, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sitecache-hits-'))
    const cache = createCaches({ default: { store: fileStore(folder), keyPrefix: 'hits' } }).get('default')
    const app = siteIn(cache)
    await layerOf(app, '/articles/1')
    for (let i = 0; i < 3; i += 1) await get(app, '/articles/1')
    await cache.idle()
    expect((await layerOf(app, '/articles/1')).page?.hits).toBe('unknown')
    await cache.close()
    await rm(folder, { recursive: true, force: true })
  })
})

describe('what splits pages', () => {
  it('is told with the number of values, and what buckets would make of them', async () => {
    const app = siteIn(memory())
    await layerOf(app, '/articles/1')
    for (let i = 0; i < 30; i += 1)
      await get(app, `/articles/${i % 3}?page=${i % 2}`, {
        'accept-language': `${['en', 'fr-CA', 'de'][i % 3]};q=0.${(i % 5) + 4}, en-GB;q=0.${i % 3}`,
      })
    const layer = await layerOf(app, '/articles/1?page=1', { 'accept-language': 'en;q=0.5, en-GB;q=0.1' })
    expect(layer.splitBy).toEqual({
      route: '/articles/:id',
      lookUps: 30,
      parts: [
        { name: 'accept-language', values: 15, buckets: 3 },
        { name: 'query:page', values: 2 },
      ],
    })
    const text = explainText(
      await explain({ url: 'http://127.0.0.1/articles/1?page=1', headers: host }, { app }),
    )
    expect(text).toContain(`split by    in the last 30 look-ups of /articles/:id:
                accept-language: 15 values → buckets would make 3
`)
  })

  it('names the cookie, and shows no value', async () => {
    const app = siteIn(memory())
    await layerOf(app, '/account')
    for (let i = 0; i < 12; i += 1)
      await get(app, '/account', { cookie: `secret=hidden${i}; theme=${i % 2}; once${i}=x; a b=${i}` })
    const layer = await layerOf(app, '/account', { cookie: 'secret=hidden1; theme=1' })
    expect(layer.splitBy?.parts).toEqual([
      { name: 'cookie', values: 12 },
      { name: 'cookie:secret', values: 12 },
      { name: 'cookie:theme', values: 2 },
    ])
    expect(JSON.stringify(layer)).not.toContain('hidden')
  })
})

describe('the count', () => {
  it('ends an hour after the last explanation, and costs nothing without one', async () => {
    const cache = memory()
    const app = siteIn(cache)
    await get(app, '/articles/1')
    expect(cache.meter.lookUps).toBeUndefined()
    await layerOf(app, '/articles/1')
    await get(app, '/articles/1')
    expect(cache.meter.lookUps).toBeDefined()
    passSeconds(3601)
    await get(app, '/articles/1')
    expect(cache.meter.lookUps).toBeUndefined()
    await get(app, '/articles/1')
  })
})
