import { randomBytes } from 'node:crypto'
import flash from 'connect-flash'
import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import { csrfSync } from 'csrf-sync'
import helmet from 'helmet'
import lusca from 'lusca'
import { type Handle, handler } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byPost, greeting, sessions, signIn } from './people.js'

const accepted: Handle = (_req, res) => res.send('accepted')
/** Two visitors without names: their tokens alone tell them apart. */
const anybody: { a: Person; b: Person } = { a: {}, b: {} }
const form = (token: unknown): string => `<form><input name=_csrf value="${token}"></form>`

/** Application whose form is accepted with the token of its own visitor alone. */
const forms = { ...anybody, token: /(?<=value=")[^"]+/, accepts: '/check', hits: [] }

const csrf: readonly Leaky[] = [
  {
    name: 'lusca, the token that it puts on res.locals',
    ...forms,
    make: () => ({
      middlewares: [sessions(), lusca.csrf()],
      actions: { '/check': accepted },
      page: handler((_req, res) => res.send(form(res.locals._csrf))),
    }),
  },
  {
    name: 'lusca, req.csrfToken()',
    ...forms,
    make: () => ({
      middlewares: [sessions(), lusca.csrf()],
      actions: { '/check': accepted },
      page: handler((req, res) => res.send(form(req.csrfToken()))),
    }),
  },
  {
    name: 'csrf-sync, a token of the handler’s own',
    ...forms,
    make: () => {
      const { generateToken, csrfSynchronisedProtection } = csrfSync()
      return {
        middlewares: [sessions(), csrfSynchronisedProtection],
        actions: { '/check': accepted },
        page: handler((req, res) => res.send(form(generateToken(req as never)))),
      }
    },
  },
  {
    name: 'csrf-csrf, a token beside a cookie',
    ...forms,
    make: () => {
      const { generateCsrfToken, doubleCsrfProtection } = doubleCsrf({
        getSecret: () => 'secret',
        getSessionIdentifier: () => '',
        cookieName: 'csrf',
        cookieOptions: { secure: false },
      })
      return {
        middlewares: [cookieParser(), doubleCsrfProtection],
        actions: { '/check': accepted },
        page: handler((req, res) => res.send(form(generateCsrfToken(req as never, res)))),
      }
    },
  },
  {
    name: 'a token of the session that a middleware puts on res.locals',
    ...forms,
    make: () => ({
      middlewares: [
        sessions(),
        handler((req, res, next) => {
          req.session.csrf ??= randomBytes(8).toString('hex')
          if (req.method === 'POST' && req.get('x-csrf-token') !== req.session.csrf)
            return res.sendStatus(403)
          res.locals.csrfToken = req.session.csrf
          next()
        }),
      ],
      actions: { '/check': accepted },
      page: handler((_req, res) => res.send(form(res.locals.csrfToken))),
    }),
  },
]

const saveMessage: Handle = (req, res) => {
  req.flash('info', `order of ${req.query.name} was placed`)
  res.send('ok')
}
const messages: readonly Leaky[] = [
  {
    name: 'connect-flash, messages that the handler takes',
    ...byPost('/save'),
    hits: [],
    make: () => ({
      middlewares: [sessions(), flash()],
      actions: { '/save': saveMessage },
      page: handler((req, res) => res.send(`home ${req.flash('info').join()}`)),
    }),
  },
  {
    name: 'connect-flash, messages that a middleware takes to res.locals',
    ...byPost('/save'),
    hits: [],
    make: () => ({
      middlewares: [
        sessions(),
        flash(),
        handler((req, res, next) => {
          if (req.method === 'GET') res.locals.messages = req.flash('info')
          next()
        }),
      ],
      actions: { '/save': saveMessage },
      page: handler((_req, res) => res.send(`home ${res.locals.messages.join()}`)),
    }),
  },
  {
    name: 'a message in the session, which the page takes out by delete',
    ...byPost('/save'),
    make: () => ({
      middlewares: [sessions()],
      actions: {
        '/save': (req, res) => {
          req.session.message = `Saved, ${req.query.name}`
          res.send('ok')
        },
      },
      page: handler((req, res) => {
        const { message } = req.session
        if (message !== undefined) delete req.session.message
        res.send(`home ${message ?? ''}`)
      }),
    }),
  },
  {
    name: 'a page that counts the visits of its visitor',
    ...byPost('/sign-in'),
    make: () => ({
      middlewares: [sessions()],
      actions: { '/sign-in': signIn },
      page: handler((req, res) => {
        const { name, visits = 0 } = req.session
        if (name !== undefined) req.session.visits = Number(visits) + 1
        res.send(`${greeting(name)}, visit ${visits}`)
      }),
    }),
  },
]

const nonceInPolicy: Leaky['agrees'] = ({ text, headers }) =>
  String(headers['content-security-policy']).includes(`'nonce-${/nonce="([^"]+)"/.exec(text)?.[1]}'`)

const nonces: readonly Leaky[] = [
  {
    name: 'helmet with a nonce in res.locals, and a page that carries it',
    ...anybody,
    hits: [],
    token: /nonce="[^"]+"/,
    agrees: nonceInPolicy,
    make: () => ({
      middlewares: [
        handler((_req, res, next) => {
          res.locals.nonce = randomBytes(8).toString('hex')
          next()
        }),
        helmet({
          contentSecurityPolicy: {
            directives: {
              scriptSrc: [(_req, res) => `'nonce-${(res as { locals?: { nonce?: string } }).locals?.nonce}'`],
            },
          },
        }),
      ],
      page: handler((_req, res) => res.send(`<script nonce="${res.locals.nonce}"></script>`)),
    }),
  },
]

export const tokenApplications: readonly Leaky[] = [...csrf, ...messages, ...nonces]
