import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore, siteCache } from '@sitecache/express'
import { serve } from '@sitecache/test-support/serve'
import { makeDashboard } from '../src/dashboard.js'
import { loadAssets } from '../src/http/assets.js'
import { ask, boardSite, load, OPERATOR, resultsIn, stateOf } from './support.js'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('a dashboard', () => {
  it('answers without a framework', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const board = makeDashboard({ caches, authorize: () => true }, () => Date.now())
    const server = createServer(board).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    closing.push(
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
    closing.push(
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
    closing.push(
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
