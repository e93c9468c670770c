import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'

const sessions = (): RequestHandler => session({ secret: 's', resave: false, saveUninitialized: false })

const places: Record<string, (handler: RequestHandler) => Express> = {
  cachePage: (handler) =>
    express()
      .use(sessions())
      .get('/', cachePage(60, { cache: freshCache() }), handler),
  siteCache: (handler) =>
    express()
      .use(siteCache({ cache: freshCache() }), sessions())
      .get('/', handler),
}

describe.each(Object.entries(places))(
  '%s: a page that looks at a session which holds nothing',
  (_name, site) => {
    const ask = async (app: Express) => {
      const { text, headers } = await request(app).get('/')
      return { text, status: String(headers['cache-status']) }
    }

    it('is not kept where it shows the id of the session, and is everybody’s where it doesn’t', async () => {
      const shown = site((req, res) => res.send(`session ${req.session.id}`))
      const texts = [await ask(shown), await ask(shown), await ask(shown)]
      expect(new Set(texts.map(({ text }) => text)).size).toBe(3)
      const silent = site((req, res) => res.send(`hello ${Reflect.get(req.session, 'name') ?? 'guest'}`))
      const [first, second] = [await ask(silent), await ask(silent)]
      expect([first.text, second.text]).toEqual(['hello guest', 'hello guest'])
      expect(second.status).toMatch(/^sitecache; hit/)
    })
  },
)
