import { describe, expect, it } from '@jest/globals'
import { cachePage, conditionalGet, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import express, { type RequestHandler } from 'express'

const page = '<p>page</p>'.repeat(500)
const answer: RequestHandler = (_req, res) => void res.type('html').send(page)
const status = (response: { headers: Record<string, string> }) => response.headers['cache-status'] ?? ''

describe('updateCache(), which reserves the place where a response is captured', () => {
  it('stores what a mounted application answers, encoded by what stands between', async () => {
    const inner = express().use(fetchFromCache()).get('/', answer)
    const app = express().use(updateCache({ cache: freshCache() }), compression({ threshold: 0 }))
    app.use('/inner', inner)
    for (const expected of [/stored/, /; hit/]) {
      const response = await request(app).get('/inner').set('Accept-Encoding', 'gzip')
      expect(status(response)).toMatch(expected)
      expect([response.headers['content-encoding'], response.text]).toEqual(['gzip', page])
    }
  })

  const between: Readonly<Record<string, () => RequestHandler>> = {
    'conditionalGet()': () => conditionalGet() as RequestHandler,
    'another siteCache()': () => siteCache({ cache: freshCache(), keyPrefix: 'between' }) as RequestHandler,
    'another pair of halves': () => updateCache({ cache: freshCache(), keyPrefix: 'b' }) as RequestHandler,
    'a page’s own cache': () => cachePage(60, { cache: freshCache(), keyPrefix: 'c' }) as RequestHandler,
  }

  it.each(Object.entries(between))('stands outside of %s', async (_name, make) => {
    const cache = freshCache()
    const app = express().use(updateCache({ cache }), make(), fetchFromCache()).get('/', answer)
    const first = await request(app).get('/')
    const second = await request(app).get('/')
    expect([first.text, second.text]).toEqual([page, page])
    expect(status(second)).toMatch(/; hit/)
    const { etag = '' } = second.headers
    expect((await request(app).get('/').set('If-None-Match', etag)).status).toBe(304)
  })

  it.each([
    ['setHeader', (res: express.Response) => res.setHeader('Sitecache-Cache-Control', 'max-age=5')],
    ['a head', (res: express.Response) => res.set('Sitecache-Cache-Control', 'max-age=5').flushHeaders()],
    ['writeHead', (res: express.Response) => res.writeHead(200, { 'Sitecache-Cache-Control': 'max-age=5' })],
    [
      'writeHead with a list',
      (res: express.Response) => res.writeHead(200, 'OK', ['sitecache-cache-control', 'max-age=5']),
    ],
  ])(
    'never sends its own field on, where a middleware answers in front of the look-up: %s',
    async (_, say) => {
      const app = express().use(updateCache({ cache: freshCache() }), (_req, res) => {
        say(res)
        res.end('early')
      })
      const response = await request(app).get('/').buffer(true)
      expect([response.text, response.headers['sitecache-cache-control']]).toEqual(['early', undefined])
    },
  )
})
