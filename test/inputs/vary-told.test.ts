import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, updateCache, varyOnCookie } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'

const theme: RequestHandler = (req, res) => {
  res.send(String(req.cookies.theme))
}

type Layers = Record<string, (handler: RequestHandler) => express.Express>

const layers: Layers = {
  'the site': (handler) =>
    express()
      .use(updateCache({ cache: freshCache() }), cookieParser(), fetchFromCache())
      .get('/', handler),
  'a page': (handler) =>
    express()
      .use(cookieParser())
      .get('/', cachePage(60, { cache: freshCache() }), handler),
  'the site and a page': (handler) =>
    express()
      .use(updateCache({ cache: freshCache() }), cookieParser(), fetchFromCache())
      .get('/', cachePage(60, { cache: freshCache() }), handler),
}

/** Returns the body, Vary and whether it is a hit, of each of these requests. */
async function answers(app: express.Express, cookies: readonly string[]): Promise<unknown[]> {
  const answered: unknown[] = []
  for (const cookie of cookies) {
    const { text, headers } = await request(app).get('/').set('Cookie', cookie)
    answered.push([text, headers.vary, /hit/.test(String(headers['cache-status']))])
  }
  return answered
}

describe.each(Object.entries(layers))('Vary: Cookie that sitecache itself says of %s', (_name, layer) => {
  it('does not split pages by the cookies that nothing reads', async () => {
    expect(await answers(layer(theme), ['theme=a; x=1', 'theme=a; x=2', 'theme=b; x=1', 'x=3'])).toEqual([
      ['a', 'Cookie', false],
      ['a', 'Cookie', true],
      ['b', 'Cookie', false],
      ['undefined', 'Cookie', false],
    ])
  })

  it('splits them by all cookies where the application says so too', async () => {
    const declares: RequestHandler = varyOnCookie(theme as never) as never
    expect(await answers(layer(declares), ['theme=a; x=1', 'theme=a; x=2', 'theme=a; x=1'])).toEqual([
      ['a', 'Cookie', false],
      ['a', 'Cookie', false],
      ['a', 'Cookie', true],
    ])
  })
})

describe.each(Object.entries(layers))(
  'Vary that is said where all headers are copied, of %s',
  (_name, layer) => {
    it('names the field of API keys before anybody has sent one', async () => {
      const app = layer((req, res) => {
        const { 'x-api-key': key } = { ...req.headers }
        res.send(`for ${key}`)
      })
      for (const key of ['', 'ann', '']) {
        const { text, headers } = await request(app)
          .get('/')
          .set(key === '' ? {} : { 'X-Api-Key': key })
        expect(text).toBe(`for ${key || undefined}`)
        expect(String(headers.vary).split(', ')).toContain('X-Api-Key')
      }
    })
  },
)
