import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, hole, type SiteOptions, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request } from 'express'
import session from 'express-session'

interface Data {
  name?: string
  token?: string
}
type WithSession = Request & { session: Data }

const welcome = hole('welcome', (req: WithSession) => `<b>${req.session.name ?? 'stranger'}</b>`)
const later = hole('later', async (req: WithSession) => {
  await new Promise((resolve) => setImmediate(resolve))
  return req.session.name ?? 'stranger'
})
const theme = hole('theme', (req: Request) => String(req.cookies.theme))
/** Made when it is first shown, and kept in the visitor's session. */
const csrf = hole('csrf', (req: WithSession) => {
  req.session.token ??= randomBytes(8).toString('hex')
  return `<input name="csrf" value="${req.session.token}">`
})

type Handler = (req: WithSession, res: express.Response) => unknown

function site(
  handler: Handler,
  options: SiteOptions = { isAuthenticated: () => false },
): { app: Express; renders: () => number } {
  let renders = 0
  const app = express()
  app.use(updateCache({ cache: freshCache(), ...options }))
  app.use(session({ secret: 's', resave: false, saveUninitialized: false }), cookieParser())
  app.post('/sign-in', (req, res) => {
    Object.assign((req as unknown as WithSession).session, { name: String(req.query.name) })
    res.end()
  })
  app.post('/check', express.urlencoded({ extended: false }), (req, res) => {
    const { token } = (req as unknown as WithSession).session
    res.sendStatus(token !== undefined && token === req.body.csrf ? 200 : 403)
  })
  app.use(fetchFromCache())
  app.get('/', (req, res) => {
    renders += 1
    return handler(req as unknown as WithSession, res)
  })
  return { app, renders: () => renders }
}

const cookieOf = (response: { headers: Record<string, unknown> }): string =>
  String((response.headers['set-cookie'] as string[] | undefined)?.[0]).split(';')[0] ?? ''

async function signIn(app: Express, name: string): Promise<string> {
  return cookieOf(await request(app).post(`/sign-in?name=${name}`))
}

const ask = (app: Express, cookie: string) => request(app).get('/').set('Cookie', cookie)

describe('a hole that shows the session', () => {
  it('makes the page of signed-in visitors one that all of them share', async () => {
    const { app, renders } = site((_req, res) => res.send(`Hello ${welcome()}, ${later()}`))
    const [ada, bob] = [await signIn(app, 'Ada'), await signIn(app, 'Bob')]
    expect(ada).not.toBe(bob)
    for (let round = 0; round < 2; round += 1) {
      expect((await ask(app, ada)).text).toBe('Hello <b>Ada</b>, Ada')
      expect((await ask(app, bob)).text).toBe('Hello <b>Bob</b>, Bob')
      expect((await ask(app, '')).text).toBe('Hello <b>stranger</b>, stranger')
    }
    expect(renders()).toBe(1)
    expect((await ask(app, ada)).headers.vary ?? '').not.toMatch(/cookie/i)
  })

  it('changes nothing of what a handler’s own look at the session means', async () => {
    const { app, renders } = site((req, res) => res.send(`${welcome()} ${req.session.name ?? 'nobody'}`))
    const [ada, bob] = [await signIn(app, 'Ada'), await signIn(app, 'Bob')]
    for (let round = 0; round < 2; round += 1) {
      const response = await ask(app, ada)
      expect(response.headers.vary).toMatch(/cookie/i)
      expect(response.text).toBe('<b>Ada</b> Ada')
      expect((await ask(app, bob)).text).toBe('<b>Bob</b> Bob')
    }
    expect(renders()).toBe(2)
  })

  it('is as much a visitor’s own under the default, where who is signed in has pages of their own', async () => {
    const { app } = site((_req, res) => res.send(`Hello ${welcome()}`), {})
    const [ada, bob] = [await signIn(app, 'Ada'), await signIn(app, 'Bob')]
    for (let round = 0; round < 2; round += 1)
      for (const [cookie, name] of [
        [ada, 'Ada'],
        [bob, 'Bob'],
      ] as const)
        expect((await ask(app, cookie)).text).toBe(`Hello <b>${name}</b>`)
  })
})

describe('a hole that shows a cookie', () => {
  it('adds no Vary, but for a parser behind the look-up that nobody knows and that may have been a guard', async () => {
    const before = site((_req, res) => res.send(theme()))
    const parse: express.RequestHandler = (req, _res, next) => {
      Object.assign(req, { cookies: { theme: /theme=(\w+)/.exec(req.headers.cookie ?? '')?.[1] } })
      next()
    }
    for (const [parser, vary] of [
      [parse, 'Cookie'],
      [cookieParser(), undefined],
    ] as const) {
      const app = express().use(siteCache({ cache: freshCache() }), parser)
      app.get('/', (_req, res) => void res.send(theme()))
      const first = await ask(app, 'theme=dark')
      expect([first.text, first.headers.vary]).toEqual(['dark', vary])
      expect(first.headers['cache-status']).toMatch(/stored/)
    }
    for (const colour of ['dark', 'light']) {
      const { text, headers } = await ask(before.app, `theme=${colour}`)
      expect([text, headers.vary]).toEqual([colour, undefined])
    }
    expect(before.renders()).toBe(1)
  })
})

describe('a CSRF token in a hole', () => {
  it('is each visitor’s own, also of one who has no session yet, and is taken back', async () => {
    const { app, renders } = site((_req, res) => res.send(`<form>${csrf()}</form>`))
    const seen = new Set<string>()
    // Who begins a session gets a cookie: the page that says so is not kept.
    const cookies = [await signIn(app, 'Ada'), await signIn(app, 'Bob'), '', '']
    for (const given of cookies) {
      const first = await ask(app, given)
      const cookie = given === '' ? cookieOf(first) : given
      const token = /value="(\w+)"/.exec(first.text)?.[1] ?? ''
      expect(token).toHaveLength(16)
      expect(seen.has(token)).toBe(false)
      seen.add(token)
      const check = request(app).post('/check').set('Cookie', cookie).type('form')
      expect((await check.send({ csrf: token })).status).toBe(200)
      expect((await ask(app, cookie)).text).toContain(token)
    }
    expect(renders()).toBe(1)
  })
})

describe('a hole that needs what is not there yet', () => {
  it('is empty on a hit in front of the session, and an error event says so', async () => {
    const cache = freshCache()
    const errors: string[] = []
    cache.on('error', ({ error }) => errors.push(String(error)))
    const app = express().use(siteCache({ cache, isAuthenticated: () => false }))
    app.use(session({ secret: 's', resave: false, saveUninitialized: false }))
    app.get('/', (_req, res) => void res.send(`Hello ${welcome()}`))
    expect((await ask(app, '')).text).toBe('Hello <b>stranger</b>')
    expect((await ask(app, '')).text).toBe('Hello ')
    expect(errors[0]).toMatch(/^TypeError: .*name/)
  })
})
