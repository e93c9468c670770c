import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createCaches, fetchFromCache, memoryStore, updateCache } from '@sitecache/express'
import { Browser } from '@sitecache/test-support/documents'
import { serve } from '@sitecache/test-support/serve'
import flash from 'connect-flash'
import { csrfSync } from 'csrf-sync'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import helmet from 'helmet'

// What the recipes say of pages that are made without their holes.
const sessions = () => session({ secret: 's', resave: false, saveUninitialized: false })
const nonces: RequestHandler = (_req, res, next) => {
  res.locals.nonce = randomBytes(16).toString('base64')
  next()
}
const policy = helmet({
  contentSecurityPolicy: {
    directives: { scriptSrc: [(_req, res) => `'nonce-${(res as express.Response).locals.nonce}'`] },
  },
})

function site(between: readonly RequestHandler[], handler: RequestHandler): Promise<string> {
  const caches = createCaches({ default: { store: memoryStore() } })
  const app = express().use(updateCache({ caches, timeout: '10m' }))
  for (const middleware of between) app.use(middleware)
  app.use(fetchFromCache())
  app.post('/flash', (req, res) => {
    req.flash('info', 'Saved.')
    res.sendStatus(204)
  })
  app.post('/basket', (req, res) => {
    Object.assign(req.session, { basket: ['boots'] })
    res.sendStatus(204)
  })
  return serve(app.get('/', handler))
}

/** Cache-Status of requests of two visitors, two each. */
async function asTwo(base: string, begin?: string): Promise<string[]> {
  const seen: string[] = []
  for (const browser of [new Browser(base), new Browser(base)]) {
    if (begin !== undefined) await browser.post(begin)
    for (let i = 0; i < 3; i += 1) seen.push((await browser.get('/')).cache.replace(/ttl=\d+/, 'ttl'))
  }
  return seen
}

const stored = (miss: string) => `sitecache; fwd=${miss}; stored`
const unstored = (miss: string, detail: string) => `sitecache; fwd=${miss}; detail=${detail}`
const hit = 'sitecache; hit; ttl'

describe('without its hole', () => {
  it('a page with a CSRF token is kept for each visitor, once they have one', async () => {
    const { generateToken, csrfSynchronisedProtection } = csrfSync()
    const between = [sessions(), csrfSynchronisedProtection]
    const base = await site(between, (req, res) => res.send(generateToken(req)))
    expect(await asTwo(base)).toEqual([
      ...[unstored('uri-miss', 'set-cookie'), stored('uri-miss'), hit],
      ...[unstored('vary-miss', 'set-cookie'), stored('vary-miss'), hit],
    ])
  })

  it('a page with a nonce is not kept, nor said to be', async () => {
    const show: RequestHandler = (_req, res) => res.send(`<script nonce="${res.locals.nonce}"></script>`)
    expect(await asTwo(await site([nonces, policy], show))).toEqual(Array(6).fill('sitecache; fwd=uri-miss'))
  })

  it('a page that takes flash messages is not kept, and one that finds none is shared', async () => {
    const base = await site([sessions(), flash()], (req, res) => res.send(String(req.flash('info'))))
    const taken = unstored('vary-miss', 'session-changed')
    await asTwo(base)
    expect(await asTwo(base, '/flash')).toEqual([taken, hit, hit, taken, hit, hit])
  })

  it('a page that shows a cart is shared by all who have none, and kept for each who has one', async () => {
    const show: RequestHandler = (req, res) =>
      res.send(JSON.stringify(Reflect.get(req.session, 'basket') ?? []))
    const base = await site([sessions()], show)
    expect(await asTwo(base)).toEqual([stored('uri-miss'), hit, hit, hit, hit, hit])
    const own = [stored('vary-miss'), hit, hit]
    expect(await asTwo(base, '/basket')).toEqual([...own, ...own])
  })
})
