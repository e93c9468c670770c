import { afterEach, describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, updateCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { undoAll } from '@sitecache/test-support/undo'
import flash from 'connect-flash'
import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import { Client, isHit } from './support/client.js'

const undo: (() => unknown)[] = []
afterEach(() => undoAll(undo))

type Layers = (app: Express, page: (look: RequestHandler[]) => void) => void

const layers: Record<string, Layers> = {
  'fetchFromCache()': (app, page) => {
    app.use(fetchFromCache())
    page([])
  },
  'cachePage()': (_app, page) => page([cachePage(60, { cache: freshCache() })]),
}

/** Ways in which a request leaves a message for the next page, and in which that takes it. */
const kinds: Record<string, { leave: (req: Request) => unknown; take: (req: Request) => unknown }> = {
  'connect-flash': { leave: (req) => req.flash('info', 'saved'), take: (req) => req.flash('info') },
  'passport, in the session': {
    leave: ({ session: it }) => Object.assign(it, { messages: ['saved'] }),
    take: ({ session: it }) => {
      const messages: unknown = Reflect.get(it, 'messages') ?? []
      Reflect.deleteProperty(it, 'messages')
      return messages
    },
  },
}

describe.each(Object.entries(layers))('messages of sessions below %s', (place, put) => {
  it.each(Object.entries(kinds))('reach their visitor, whose page is stored: %s', async (_name, kind) => {
    const app = express()
    if (place === 'fetchFromCache()') app.use(updateCache({ cache: freshCache(), timeout: 60 }))
    app.use(session({ secret: 's', resave: false, saveUninitialized: false }), flash())
    app.get('/leave', (req, res) => {
      Object.assign(req.session, { name: 'ann' })
      kind.leave(req)
      res.set('Cache-Control', 'no-store').send('left')
    })
    put(app, (look) => app.get('/', ...look, (req, res) => void res.send(`messages: ${kind.take(req)}`)))
    const { url, close } = await listen(app)
    undo.push(close)
    const client = new Client(url)
    const ask = async (path: string) => {
      const answer = await client.get(path)
      return [answer.text, isHit(answer)]
    }
    for (let round = 0; round < 2; round += 1) {
      await ask('/leave')
      expect(await ask('/')).toEqual(['messages: saved', false])
      expect(await ask('/')).toEqual(['messages: ', round > 0])
      expect(await ask('/')).toEqual(['messages: ', true])
    }
  })
})
