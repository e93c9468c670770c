import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type RequestHandler } from 'express'

/** An application with a middleware above the cache, and a route below it. */
function site(above: RequestHandler, route: RequestHandler, options: Parameters<typeof siteCache>[0] = {}) {
  const app = express()
  app.use(above, siteCache({ cache: freshCache(), ...options }))
  app.get('/', route)
  return async (name: string) => (await request(app).get('/').set('X-Who', name)).headers
}

const above: RequestHandler = (req, res, next) => {
  const who = req.get('x-who')
  res.append('Link', `</${who}>; rel=up`).append('Server-Timing', `trace;desc=${who}`)
  res.append('Set-Cookie', `who=${who}`).vary('X-Above')
  next()
}

describe('of a list that middlewares and routes both write', () => {
  it('the lines that the route added are kept, and those above are each request’s own', async () => {
    const ask = site(
      above,
      (_req, res) => {
        res.links({ next: '/2' })
        res.append('Server-Timing', 'db;dur=5').cookie('theme', 'dark').vary('X-Route').send('page')
      },
      { setCookie: 'store' },
    )
    for (const name of ['alice', 'bob', 'carol']) {
      const headers = await ask(name)
      expect(
        [headers.link]
          .flat()
          .join(', ')
          .split(/\s*,\s*/)
          .sort(),
      ).toEqual(['</2>; rel="next"', `</${name}>; rel=up`])
      expect(headers['server-timing']).toBe(`trace;desc=${name}, db;dur=5`)
      expect(headers['set-cookie']).toEqual([`who=${name}`, 'theme=dark; Path=/'])
      expect(headers.vary?.split(', ').sort()).toEqual(['X-Above', 'X-Route'])
    }
  })

  it('a line that the route took away stays away', async () => {
    const ask = site(above, (_req, res) => {
      res.removeHeader('Set-Cookie')
      res.set('Server-Timing', 'db;dur=5').send('page')
    })
    for (const name of ['alice', 'bob']) expect((await ask(name))['server-timing']).toBe('db;dur=5')
  })
})

describe('fields of the representation', () => {
  it('are the page’s, also where they stood there before', async () => {
    const app = express()
    app.use((req, res, next) => {
      res.set({ 'Content-Type': req.get('x-type'), 'Content-Language': req.get('x-language') })
      next()
    })
    app.get('/', cachePage(60, { cache: freshCache() }), (_req, res) => {
      res.set({ 'Content-Type': 'application/json', 'Content-Language': 'en' }).end('{}')
    })
    for (const [type, language] of [
      ['application/json', 'en'],
      ['text/html', 'fr'],
    ] as const) {
      const { headers } = await request(app).get('/').set({ 'X-Type': type, 'X-Language': language })
      expect([headers['content-type'], headers['content-language']]).toEqual([
        'application/json; charset=utf-8',
        'en',
      ])
    }
  })
})
