import { createHmac } from 'node:crypto'
import { IncomingMessage, type RequestListener } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import clientSessions from 'client-sessions'
import flash from 'connect-flash'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import { csrfSync } from 'csrf-sync'
import express, { type Request, type RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import session from 'express-session'
import { getIronSession } from 'iron-session'
import lusca from 'lusca'
import passport from 'passport'
import { serve } from '../support/serve.js'
import { everything, LookUp, type Seen } from './seen.js'

type Read = (req: Request, res: express.Response) => unknown

const secret = 'a secret that is long enough for iron-session'
const memorySession = (): RequestHandler => session({ secret, resave: false, saveUninitialized: true })

/** Middlewares above a look-up, and a handler that reads. */
function below(above: readonly RequestHandler[], read: Read, lookUp = new LookUp('below')): Site {
  const app = express()
  for (const middleware of above) app.use(middleware)
  app.get('/login', (req, res) => {
    Object.assign(Reflect.get(req, 'session'), { name: 'ann' })
    res.send('signed in')
  })
  app.use(lookUp.middleware)
  app.get('/', async (req, res) => {
    const body = inspect(await read(req, res))
    if (res.headersSent) res.end(body)
    else res.send(body)
  })
  return { app, lookUp }
}

interface Site {
  readonly app: RequestListener
  readonly lookUp: LookUp
}

/** A JSON Web Token (RFC 7519). */
function token(claims: object): string {
  const parts = [{ alg: 'HS256', typ: 'JWT' }, claims]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** Asks once without cookies, and once with those of a session that holds data. */
async function twice({ app, lookUp }: Site): Promise<{ empty: Seen; full: Seen }> {
  const url = await serve(app)
  const login = await fetch(`${url}/login`)
  await login.text()
  const cookie = login.headers
    .getSetCookie()
    .map((line) => String(line.split(';')[0]))
    .join('; ')
  expect(cookie).not.toBe('')
  return { empty: await lookUp.seenOf(url), full: await lookUp.seenOf(url, { cookie }) }
}

const sessions: Record<string, () => RequestHandler[]> = {
  'express-session': () => [memorySession()],
  'express-session behind cookie-parser': () => [cookieParser(secret), memorySession()],
  'cookie-session': () => [cookieSession({ secret })],
}

describe.each(Object.entries(sessions))('%s above the look-up', (_name, above) => {
  it('adds nothing to a page that does not read it', async () => {
    const { empty, full } = await twice(below(above(), () => 'hello'))
    expect([empty.names, full.names]).toEqual([[], []])
    expect([empty.changedSession, full.changedSession]).toEqual([false, false])
  })

  it('has one value for all sessions that hold nothing', async () => {
    const { empty, full } = await twice(below(above(), (req) => Reflect.get(req.session, 'name')))
    expect(empty).toMatchObject({ names: ['session'], values: { session: 'empty' }, body: 'undefined' })
    expect(full).toMatchObject({ names: ['session'], body: "'ann'", changedSession: false })
    expect(full.values.session).toMatch(/^(id|cookie):./)
  })

  it('notices that the handler changes it', async () => {
    const changes: Read[] = [
      (req) => Object.assign(req.session, { views: 1 }),
      (req) => Reflect.set(req, 'session', null),
    ]
    for (const change of changes) {
      const { empty, full } = await twice(below(above(), change))
      expect([empty.changedSession, full.changedSession]).toEqual([true, true])
    }
  })

  it('is seen as it is', async () => {
    const facts = (req: Request): unknown => ({
      own: Object.keys(req).includes('session'),
      has: 'session' in req,
      same: Object.is(req.session, req.session),
      class: req.session.constructor.name,
      inspected: inspect(req, { depth: 0 }).includes('session'),
    })
    const { empty } = await twice(below(above(), facts))
    expect(empty.body).toBe(inspect({ own: true, has: true, same: true, class: 'Session', inspected: true }))
  })
})

describe('express-session', () => {
  it('reads its session for itself in writeHead and after the end', async () => {
    const { empty, full } = await twice(
      below([memorySession()], (_req, res) => {
        res.write('streamed')
        return 'page'
      }),
    )
    expect([empty.names, full.names, empty.late, full.late]).toEqual([[], [], [], []])
  })

  it('has an id that is an input of its own', async () => {
    const { empty } = await twice(below([memorySession()], (req) => req.sessionID))
    expect(empty.names).toEqual(['req:sessionID', 'session'])
    expect(empty.values['req:sessionID']).toMatch(/^=/)
  })

  it('may be made anew', async () => {
    const { full } = await twice(
      below([memorySession()], (req) => new Promise((resolve) => req.session.regenerate(() => resolve(1)))),
    )
    expect(full.changedSession).toBe(true)
  })

  it('is not changed by its end where it holds nothing', async () => {
    const { empty, full } = await twice(
      below([memorySession()], (req) => new Promise((resolve) => req.session.destroy(resolve))),
    )
    expect([empty.changedSession, full.changedSession]).toEqual([false, true])
  })

  it('is not changed by a look at it, or by messages that are not there', async () => {
    const { empty, full } = await twice(below([memorySession(), flash()], (req) => req.flash('x')))
    expect([empty.names, empty.changedSession, full.changedSession]).toEqual([['session'], false, false])
  })
})

describe('client-sessions and iron-session', () => {
  it('count as read where they can’t be watched', async () => {
    const above = [clientSessions({ cookieName: 'session', secret, duration: 60_000 })]
    const { empty, full } = await twice(below(above, () => 'hello'))
    expect([empty.names, full.names]).toEqual([everything, everything])
    expect((await twice(below(above, (req) => Reflect.get(req.session, 'name')))).full.body).toBe("'ann'")
  })

  it('work behind the look-up', async () => {
    const lookUp = new LookUp('top')
    const app = express().use(lookUp.middleware)
    app.use(clientSessions({ cookieName: 'session', secret, duration: 60_000 }))
    app.get('/', (req, res) => {
      Object.assign(req.session, { cart: 1 })
      res.send(Object.keys(req.session).join())
    })
    expect(await lookUp.seenOf(await serve(app))).toMatchObject({ names: ['cookie:*'], body: 'cart' })
  })

  it('are learned by the header that they read', async () => {
    const { full } = await twice(
      below([memorySession()], async (req, res) => {
        const iron = await getIronSession<{ name?: string }>(req, res, {
          cookieName: 'iron',
          password: secret,
        })
        return iron.name
      }),
    )
    expect(full.names).toEqual(['cookie:*'])
  })
})

describe('CSRF tokens and passport above the look-up', () => {
  it('are learned as the session', async () => {
    const { csrfSynchronisedProtection } = csrfSync()
    const tokens = await twice(
      below([memorySession(), csrfSynchronisedProtection], (req) => req.csrfToken?.()),
    )
    expect(tokens.full.names).toEqual(['session'])
    const none = await twice(
      below([memorySession(), csrfSynchronisedProtection, lusca.csrf()], () => 'hello'),
    )
    expect(none.full.names).toEqual([])
    const local = await twice(below([memorySession(), lusca.csrf()], (_req, res) => res.locals._csrf))
    expect(local.full.names).toEqual(['locals:_csrf'])
    expect(local.full.values['locals:_csrf']).toMatch(/^=/)
  })

  it('show the visitor', async () => {
    const own = new passport.Passport()
    own.serializeUser((user, done) => done(null, Reflect.get(user, 'id')))
    own.deserializeUser((id, done) => done(null, { id }))
    const app = express()
    const lookUp = new LookUp('below')
    app.use(memorySession(), own.initialize(), own.session())
    app.get('/login', (req, res) => {
      req.login({ id: 'ann' }, () => res.send('signed in'))
    })
    app.use(lookUp.middleware)
    app.get('/', (_req, res) => {
      res.send('hello')
    })
    app.get('/user', (req, res) => {
      res.send(inspect(req.user))
    })
    app.get('/asked', (req, res) => {
      res.send(String(req.isAuthenticated()))
    })
    const url = await serve(app)
    const login = await fetch(`${url}/login`)
    await login.text()
    const cookie = String(login.headers.getSetCookie()[0]).split(';')[0] ?? ''
    expect(await lookUp.seenOf(url, { cookie })).toMatchObject({ names: [] })
    const user = await lookUp.seenOf(`${url}/user`, { cookie })
    expect(user).toMatchObject({ names: ['visitor'], body: "{ id: 'ann' }" })
    expect(user.values.visitor).toMatch(/^id:./)
    expect(await lookUp.seenOf(`${url}/asked`, { cookie })).toMatchObject({
      names: ['visitor'],
      body: 'true',
    })
    expect(await lookUp.seenOf(url)).toMatchObject({ names: [] })
    const anonymous = await lookUp.seenOf(`${url}/asked`)
    expect(anonymous).toMatchObject({ names: ['visitor'], values: { visitor: undefined }, body: 'false' })
  })

  it('show that nobody is signed in', async () => {
    const own = new passport.Passport()
    const lookUp = new LookUp('below')
    const app = express().use(memorySession(), own.initialize(), own.session(), lookUp.middleware)
    const mounted = express()
    mounted.get('/', (req, res) => {
      res.send([typeof req.get, req instanceof IncomingMessage].join())
    })
    app.use('/mounted', mounted)
    app.get('/', (req, res) => {
      res.send([typeof req.user, 'user' in req, 'auth' in req, Object.hasOwn(req, 'user')].join())
    })
    app.get('/other', (req, res) => {
      res.send([typeof req.get, typeof Reflect.get(req, 'tenant'), req.app === app].join())
    })
    const url = await serve(app)
    const visitor = { names: ['visitor'], values: { visitor: undefined } }
    expect(await lookUp.seenOf(url)).toMatchObject({ ...visitor, body: 'undefined,false,false,false' })
    expect(await lookUp.seenOf(`${url}/other`)).toMatchObject({ names: [], body: 'function,undefined,true' })
    // What is asked for there is not seen.
    expect(await lookUp.seenOf(`${url}/mounted`)).toMatchObject({ ...visitor, body: 'function,true' })
  })

  it('show who a token is of', async () => {
    const lookUp = new LookUp('below')
    const app = express().use(expressjwt({ secret, algorithms: ['HS256'], credentialsRequired: false }))
    app.use(lookUp.middleware).get('/', (req, res) => {
      res.send(inspect(Reflect.get(req, 'auth')))
    })
    const url = await serve(app)
    const authorization = `Bearer ${token({ sub: 'ann' })}`
    const page = await lookUp.seenOf(url, { authorization })
    expect(page).toMatchObject({ names: ['visitor'], values: { visitor: `authorization:${authorization}` } })
  })
})
