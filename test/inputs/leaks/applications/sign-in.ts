import cookieParser from 'cookie-parser'
import { expressjwt, type Request as JwtRequest } from 'express-jwt'
import jwt from 'jsonwebtoken'
import { Passport } from 'passport'
import { HeaderAPIKeyStrategy } from 'passport-headerapikey'
import { Strategy as BearerStrategy } from 'passport-http-bearer'
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt'
import { type Handle, handler, type Parts } from '../../support/application.js'
import type { Leaky } from '../../support/leaky.js'
import { byHand } from './by-hand.js'
import { byField, byPost, greeting, sessions } from './people.js'

const secret = 'secret of the tokens'
const tokenOf = (name: string): string => jwt.sign({ sub: name }, secret, { noTimestamp: true })
const subjectOf = (token: string | undefined): string | undefined => {
  if (token === undefined) return undefined
  const { sub } = jwt.verify(token, secret) as { sub: string }
  return sub
}
const bearers = byField('Authorization', `Bearer ${tokenOf('ada')}`, `Bearer ${tokenOf('bob')}`)
const tokenCookies = byField('Cookie', `token=${tokenOf('ada')}`, `token=${tokenOf('bob')}`)
const keys = byField('X-API-Key', 'key-ada', 'key-bob')

type Done = (error: null, user?: object) => void
const userOfKey = (key: string, done: Done): void =>
  key.startsWith('key-') ? done(null, { name: key.slice(4) }) : done(null)

const greetUser = handler((req, res) => res.send(greeting(req.user?.name)))

/** passport with express-session; visitors sign in by a post. */
function passportSession(): Required<Pick<Parts, 'middlewares' | 'actions'>> {
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name))
  passport.deserializeUser((name, done) => done(null, { name: String(name) }))
  const logIn: Handle = (req, res, next) =>
    (req as unknown as { logIn(user: object, done: (error: unknown) => void): void }).logIn(
      { name: String(req.query.name) },
      (error) => (error ? next(error) : res.send('in')),
    )
  return {
    middlewares: [sessions(), passport.initialize(), passport.session()],
    actions: { '/sign-in': logIn },
  }
}

/** passport with a strategy that looks at each request; without credentials it answers 401. */
function stateless(strategy: object, name: string): Parts {
  const passport = new Passport()
  passport.use(strategy as never)
  return { middlewares: [passport.authenticate(name, { session: false })], page: greetUser }
}

const passports: readonly Leaky[] = [
  {
    name: 'passport with a session, req.user',
    ...byPost('/sign-in'),
    make: () => ({ ...passportSession(), page: greetUser }),
  },
  {
    name: 'passport with a session, req.isAuthenticated()',
    ...byPost('/sign-in'),
    make: () => ({
      ...passportSession(),
      page: handler((req, res) => res.send(req.isAuthenticated() ? greeting(req.user?.name) : 'Sign in')),
    }),
  },
  {
    name: 'passport with a session, a guard in front of a page that shows the user',
    ...byPost('/sign-in'),
    hits: [],
    make: () => {
      const { middlewares, actions } = passportSession()
      const guard = handler((req, res, next) =>
        req.isAuthenticated() || req.path === '/sign-in' ? next() : res.status(401).send('Sign in'),
      )
      return { middlewares: [...middlewares, guard], actions, page: greetUser }
    },
  },
  {
    name: 'passport-jwt, a bearer token',
    ...bearers,
    hits: [],
    make: () => {
      const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret }
      return stateless(new JwtStrategy(options, ({ sub }, done) => done(null, { name: sub })), 'jwt')
    },
  },
  {
    name: 'passport-jwt, a token in a cookie',
    ...tokenCookies,
    hits: [],
    make: () => {
      const options = {
        jwtFromRequest: (req: { cookies: Record<string, string> }) => req.cookies.token ?? null,
        secretOrKey: secret,
      }
      const { middlewares = [], page } = stateless(
        new JwtStrategy(options as never, ({ sub }: { sub: string }, done: Done) =>
          done(null, { name: sub }),
        ),
        'jwt',
      )
      return { middlewares: [cookieParser(), ...middlewares], page }
    },
  },
  {
    name: 'passport-headerapikey',
    ...keys,
    hits: [],
    make: () =>
      stateless(
        new HeaderAPIKeyStrategy({ header: 'X-API-Key', prefix: '' }, false, userOfKey),
        'headerapikey',
      ),
  },
  {
    name: 'passport-http-bearer',
    ...byField('Authorization', 'Bearer key-ada', 'Bearer key-bob'),
    hits: [],
    make: () => stateless(new BearerStrategy(userOfKey), 'bearer'),
  },
]

const jwtPage = handler((req, res) => res.send(greeting((req as unknown as JwtRequest).auth?.sub)))
const tokens: readonly Leaky[] = [
  {
    name: 'express-jwt, tokens that may be absent',
    ...bearers,
    make: () => ({
      middlewares: [expressjwt({ secret, algorithms: ['HS256'], credentialsRequired: false })],
      page: jwtPage,
    }),
  },
  {
    name: 'express-jwt, a token that it is handed from a cookie',
    ...tokenCookies,
    make: () => ({
      middlewares: [
        expressjwt({
          secret,
          algorithms: ['HS256'],
          credentialsRequired: false,
          getToken: (req) => /token=([^;]+)/.exec(req.headers.cookie ?? '')?.[1],
        }),
      ],
      page: jwtPage,
    }),
  },
  {
    name: 'express-jwt in front of a page that shows nothing of it',
    a: { mark: 'members only', fields: bearers.a.fields ?? {} },
    b: { fields: { Authorization: 'Bearer of.no.use' } },
    hits: [],
    make: () => ({
      middlewares: [
        expressjwt({ secret, algorithms: ['HS256'] }),
        ((
          _error: unknown,
          _req: unknown,
          res: { status(code: number): { send(text: string): void } },
          _next: unknown,
        ) => res.status(401).send('no')) as never,
      ],
      page: handler((_req, res) => res.send('members only')),
    }),
  },
  {
    name: 'a token in a cookie, whose subject a middleware puts on the request',
    ...tokenCookies,
    make: () => ({
      middlewares: [
        cookieParser(),
        handler((req, _res, next) => {
          Object.assign(req, { userId: subjectOf(req.cookies.token) })
          next()
        }),
      ],
      page: handler((req, res) => res.send(greeting((req as { userId?: string }).userId))),
    }),
  },
]

export const signInApplications: readonly Leaky[] = [...passports, ...tokens, ...byHand]
