import { describe, expect, it } from '@jest/globals'
import { cachePage, type PageOptions } from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { ask } from '../support/ask.js'
import { freshCache } from '../support/cache.js'
import { serve } from '../support/serve.js'

const sessions = session({ secret: 's', resave: false, saveUninitialized: false })

/** Asks twice for the page of a handler behind the usual middlewares; answers its Cache-Status. */
async function askTwice(
  inputs: NonNullable<PageOptions['inputs']>,
  handler: RequestHandler,
): Promise<string[]> {
  const app = express()
  app.use(cookieParser(), sessions, (_req, res, next) => {
    res.locals.theme = 'dark'
    next()
  })
  app.get('/', cachePage('1m', { cache: freshCache(), inputs }), handler)
  const url = await serve(app)
  const answers = [await ask(url, { 'x-a': '1' }), await ask(url, { 'x-a': '1' })]
  return answers.map(({ cacheStatus }) => cacheStatus.replace(/ttl=\d+/, 'ttl'))
}

const kept = ['sitecache; fwd=uri-miss; stored', 'sitecache; hit; ttl']
const refused = Array(2).fill('sitecache; fwd=uri-miss; detail=inputs')

describe("inputs: 'strict'", () => {
  it.each<[string, RequestHandler]>([
    ['a header', (req, res) => void res.send(`${req.get('x-a')}`)],
    ['a header, of others named in Vary', (req, res) => void res.vary('X-B').send(`${req.get('x-a')}`)],
    ['a cookie', (req, res) => void res.send(`${req.cookies.theme}`)],
    ['the session', (req, res) => void res.send(`${Reflect.get(req.session, 'name')}`)],
    ['a local, which no Vary can name', (_req, res) => void res.vary('Cookie').send(res.locals.theme)],
    ['a copy of all headers', (req, res) => void res.vary('Cookie').json({ ...req.headers })],
  ])('does not keep a page that reads %s', async (_, handler) => {
    expect(await askTwice('strict', handler)).toEqual(refused)
    expect(await askTwice('learn', handler)).toEqual(kept)
  })

  it.each<[string, RequestHandler]>([
    ['nothing', (_req, res) => void res.send('a')],
    ['a header that its Vary names', (req, res) => void res.vary('X-A').send(`${req.get('x-a')}`)],
    ['a cookie under Vary: Cookie', (req, res) => void res.vary('Cookie').send(`${req.cookies.theme}`)],
  ])('keeps a page that reads %s', async (_, handler) => {
    expect(await askTwice('strict', handler)).toEqual(kept)
  })
})

describe("inputs: 'declared'", () => {
  it('shares a page whatever middlewares left on the request', async () => {
    const app = express()
    app.use((req, _res, next) => {
      if (req.headers['x-a'] !== undefined) Object.assign(req, { startedAt: 1 })
      next()
    })
    app.get(
      '/',
      cachePage('1m', { cache: freshCache(), inputs: 'declared' }),
      (_req, res) => void res.send('x'),
    )
    const url = await serve(app)
    await ask(url)
    expect((await ask(url, { 'x-a': '1' })).cacheStatus).toMatch(/; hit/)
  })

  it('shares a page whatever headers it read that its Vary does not name', async () => {
    expect(await askTwice('declared', (req, res) => void res.send(`${req.get('x-a')}`))).toEqual(kept)
  })
})
