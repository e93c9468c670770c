import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore, siteCache } from '@sitecache/express'
import { atEnd } from '@sitecache/test-support/at-end'
import { serve } from '@sitecache/test-support/serve'
import type { Express } from 'express'
import express4 from 'express4'
import { makeDashboard } from '../src/dashboard.js'
import { loadAssets } from '../src/http/assets.js'
import { ask, boardSite, load, OPERATOR, openSession, resultsIn, stateOf } from './support.js'

describe('the host of a page that is named by its path', () => {
  it.each([
    ['that of the client', undefined, {}],
    [
      'that which a trusted proxy tells',
      'loopback',
      { 'x-forwarded-host': 'shop.example:8443', 'x-forwarded-proto': 'https' },
    ],
    ['not that which another tells', undefined, { 'x-forwarded-host': 'evil.example' }],
  ])('is %s', async (_, trust, headers) => {
    const { app, board, caches } = boardSite({ before: (it) => void (trust && it.set('trust proxy', trust)) })
    atEnd(
      () => caches.close(),
      () => board.close(),
    )
    const url = await serve(app)
    const session = await openSession(url)
    const fields = JSON.stringify({ target: '/page/1', cache: 'default' })
    const { body } = await ask(`${url}/cache/api/explain`, { ...session, ...headers }, 'POST', fields)
    const origin = trust === undefined ? url : 'https://shop.example:8443'
    expect(JSON.parse(body).url).toBe(`${origin}/page/1`)
    // A browser that does not tell the site has the origin of that host.
    const { 'sec-fetch-site': _site, ...old } = session
    const purge = JSON.stringify({ by: 'url', target: '/page/1' })
    const answer = await ask(`${url}/cache/api/purge`, { ...old, ...headers, origin }, 'POST', purge)
    expect(answer.status).toBe(200)
  })

  it('has its port in Express 4, too, which warns of nothing', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const board = makeDashboard({ caches, authorize: () => true }, () => Date.now())
    atEnd(
      () => caches.close(),
      () => board.close(),
    )
    const app = express4() as unknown as Express
    app.use('/cache', board).use(siteCache({ caches }))
    const url = await serve(app)
    const fields = JSON.stringify({ target: '/page/1', cache: 'default' })
    const { body } = await ask(`${url}/cache/api/explain`, await openSession(url), 'POST', fields)
    expect(JSON.parse(body).url).toBe(`${url}/page/1`)
  })
})

describe('a dashboard', () => {
  it('answers without a framework', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const board = makeDashboard({ caches, authorize: () => true }, () => Date.now())
    const server = createServer(board).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    atEnd(
      () => caches.close(),
      () => board.close(),
      () => server.close(),
    )
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    expect((await ask(`${url}/`)).body).toContain('<div id="app">')
    expect(JSON.parse((await ask(`${url}/api/state`)).body).processes).toHaveLength(1)
    expect((await ask(`${url}/nothing`)).status).toBe(404)
  })

  it('sends its files compressed to clients that take that', async () => {
    const { app, board, caches } = boardSite()
    atEnd(
      () => caches.close(),
      () => board.close(),
    )
    const url = await serve(app)
    const path = `${url}/cache/assets/${loadAssets().version}/web/main.js`
    const response = await fetch(path, { headers: { ...OPERATOR, 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toBe(String(loadAssets().files.get('web/main.js')?.body))
    const plain = await ask(path, { ...OPERATOR, 'accept-encoding': 'gzip;q=0' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    const { gzipped, body } = loadAssets().files.get('uplot.js') ?? {}
    expect(gunzipSync(gzipped ?? '')).toEqual(body)
  })

  it('adds no other caches to its own', async () => {
    const other = createCaches({ default: { store: memoryStore() }, more: { store: memoryStore() } })
    const board = makeDashboard({ caches: other, authorize: () => true }, () => Date.now())
    const { app, ...first } = boardSite({
      before: (app) => app.use('/other', siteCache({ caches: other }), (_req, res) => void res.send('other')),
    })
    atEnd(
      () => other.close(),
      () => board.close(),
      () => first.caches.close(),
      () => first.board.close(),
    )
    const url = await serve(app)
    const counted = await load([url], 20)
    await ask(`${url}/other/`)
    expect(resultsIn(await stateOf(url))).toEqual(counted)
  })
})
