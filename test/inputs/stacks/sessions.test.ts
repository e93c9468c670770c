import { describe } from '@jest/globals'
import compression from 'compression'
import flash from 'connect-flash'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import { csrfSync } from 'csrf-sync'
import lusca from 'lusca'
import { Passport } from 'passport'
import { greeting, sessions } from '../leaks/applications/people.js'
import type { Handle } from '../support/application.js'
import { inBoth, mustHit, type Stack } from '../support/stack.js'

/** Each of six visitors is given a cookie by their first request, which is not kept; then the first who comes back fills the cache. */
const afterCookies = { renders: { '/': 7 } }
const small = () => compression({ threshold: 0 })

function passport() {
  const own = new Passport()
  own.serializeUser((user, done) => done(null, user))
  own.deserializeUser((user: object, done) => done(null, user))
  return [own.initialize(), own.session()]
}

const greet: Handle = (req, res) => res.send(`page ${req.path}. ${greeting(req.session.name)}`)

const stacks: readonly Stack[] = [
  ...inBoth('express-session and compression', () => [sessions(), small()]),
  ...inBoth(
    'express-session that saves new sessions',
    () => [sessions({ saveUninitialized: true })],
    afterCookies,
  ),
  ...inBoth('express-session that saves all sessions again, and rolls', () => [
    sessions({ resave: true, rolling: true }),
  ]),
  ...inBoth('express-session whose signed-in visitors alone are greeted', () => [sessions()], {
    show: greet,
    renders: { '/': 2, '/articles': 2 },
  }),
  ...inBoth('cookie-session and compression', () => [
    cookieSession({ name: 'session', keys: ['k'] }),
    small(),
  ]),
  ...inBoth('cookie-parser and express-session', () => [cookieParser(), sessions()]),
  ...inBoth('passport with sessions', () => [sessions(), ...passport()], {
    renders: { '/': 2, '/articles': 2 },
  }),
  ...inBoth('connect-flash that nobody uses', () => [sessions(), flash()]),
  ...inBoth(
    'csrf-sync, whose token is on no page',
    () => [sessions(), csrfSync().csrfSynchronisedProtection],
    {},
  ),
  // Below siteCache() each visitor has their own: what lusca does with a session may be a guard's judgement.
  ...inBoth('lusca, whose token is on no page', () => [sessions(), lusca.csrf()], afterCookies).slice(0, 1),
]

describe('sites with sessions have hits', () => {
  mustHit(stacks)
})
