import clientSessions from 'client-sessions'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import { getIronSession } from 'iron-session'
import { type Handle, handler, type Parts } from '../../support/application.js'
import type { Leaky } from '../../support/leaky.js'
import { byPost, greetBySession, greeting, sessions, signIn } from './people.js'

/** Application whose visitors sign in by a session that is theirs. */
function application(name: string, make: () => Parts, more: Partial<Leaky> = {}): Leaky {
  const actions = { '/sign-in': signIn }
  return { name, make: () => ({ actions, ...make() }), ...byPost('/sign-in'), ...more }
}

const locals: Handle = (req, res, next) => {
  res.locals.name = req.session.name
  next()
}
const greetByLocals: Handle = (_req, res) => res.send(greeting(res.locals.name))

const expressSessions: readonly Leaky[] = [
  application('express-session, a field of it', () => ({
    middlewares: [sessions()],
    page: handler(greetBySession),
  })),
  application('express-session, taken to res.locals by a middleware', () => ({
    middlewares: [sessions(), handler(locals)],
    page: handler(greetByLocals),
  })),
  application('express-session, from which a middleware loads the user', () => ({
    middlewares: [
      sessions(),
      handler(async (req, _res, next) => {
        const { name } = req.session
        await Promise.resolve()
        if (name !== undefined) req.user = { name }
        next()
      }),
    ],
    page: handler((req, res) => res.send(greeting(req.user?.name))),
  })),
  application('express-session, of which a page counts the cart', () => ({
    middlewares: [sessions()],
    actions: {
      '/sign-in': (req, res) => {
        req.session.cart = [`gift for ${req.query.name}`]
        res.send('ok')
      },
    },
    page: handler((req, res) => res.json({ cart: req.session.cart ?? [] })),
  })),
  application(
    'express-session, whose id a page looks up in a table',
    () => {
      const names = new Map<string, string>()
      return {
        middlewares: [sessions()],
        actions: {
          '/sign-in': (req, res) => {
            req.session.seen = true
            names.set(req.sessionID, String(req.query.name))
            res.send('in')
          },
        },
        page: handler((req, res) => res.send(greeting(names.get(req.sessionID)))),
      }
    },
    { hits: [] },
  ),
  application(
    'express-session, saveUninitialized',
    () => ({
      middlewares: [sessions({ saveUninitialized: true })],
      page: handler(greetBySession),
    }),
    { hits: [] },
  ),
  application('express-session, resave and rolling', () => ({
    middlewares: [sessions({ resave: true, rolling: true })],
    page: handler(greetBySession),
  })),
  application('express-session, read after a wait', () => ({
    middlewares: [sessions()],
    page: handler(async (req, res) => {
      await new Promise((resolve) => setImmediate(resolve))
      const { name } = req.session
      res.send(greeting(name))
    }),
  })),
  application('express-session beside cookie-parser, under a name of its own', () => ({
    middlewares: [cookieParser('s'), sessions({ name: 'shop.sid' })],
    page: handler((req, res) => res.send(`${greeting(req.session.name)} (${req.cookies.theme ?? 'light'})`)),
  })),
  application(
    'express-session, read when half of the page is out',
    () => ({
      middlewares: [sessions()],
      page: handler((req, res) => {
        res.type('text').write('Good morning. ')
        res.end(greeting(req.session.name))
      }),
    }),
    { hits: [] },
  ),
]

const cookieSessions = () => cookieSession({ name: 'session', keys: ['k'] })
const inCookies: readonly Leaky[] = [
  application('cookie-session, a field of it', () => ({
    middlewares: [cookieSessions()],
    page: handler(greetBySession),
  })),
  application('cookie-session, taken to res.locals by a middleware', () => ({
    middlewares: [cookieSessions(), handler(locals)],
    page: handler(greetByLocals),
  })),
  application('cookie-session, all of it', () => ({
    middlewares: [cookieSessions()],
    page: handler((req, res) => res.send(`state ${JSON.stringify(req.session)}`)),
  })),
  application('client-sessions', () => ({
    middlewares: [clientSessions({ cookieName: 'session', secret: 'a long secret of many letters' })],
    page: handler(greetBySession),
  })),
  application('client-sessions under another name than session', () => ({
    middlewares: [
      clientSessions({ cookieName: 'jar', requestKey: 'account', secret: 'a long secret of many letters' }),
    ],
    actions: {
      '/sign-in': (req, res) => {
        Reflect.get(req, 'account').name = req.query.name
        res.send('in')
      },
    },
    page: handler((req, res) => res.send(greeting(Reflect.get(req, 'account').name))),
  })),
]

const iron = {
  cookieName: 'iron',
  password: 'a password of more than thirty-two letters',
  cookieOptions: { secure: false },
}
const ironSignIn: Handle = async (req, res) => {
  const own = await getIronSession<{ name?: string }>(req as never, res, iron)
  own.name = String(req.query.name)
  await own.save()
  res.send('in')
}
const ironSessions: readonly Leaky[] = [
  application('iron-session, opened by the handler', () => ({
    actions: { '/sign-in': ironSignIn },
    page: handler(async (req, res) => {
      const { name } = await getIronSession<{ name?: string }>(req as never, res, iron)
      res.send(greeting(name))
    }),
  })),
  application('iron-session, put on the request by a middleware', () => ({
    middlewares: [
      handler(async (req, res, next) => {
        req.session = await getIronSession(req as never, res, iron)
        next()
      }),
    ],
    actions: { '/sign-in': ironSignIn },
    page: handler(greetBySession),
  })),
]

export const sessionApplications: readonly Leaky[] = [...expressSessions, ...inCookies, ...ironSessions]
