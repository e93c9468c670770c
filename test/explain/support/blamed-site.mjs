/** Explains pages of sites with real middlewares, and writes what was told of them as JSON. */
import { explain, explainText, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import compression from 'compression'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import { doubleCsrf } from 'csrf-csrf'
import express from 'express'
import session from 'express-session'
import express4 from 'express4'
import helmet from 'helmet'
import passport from 'passport'

const sessions = () => session({ secret: 'x', resave: false, saveUninitialized: true })
const { generateCsrfToken } = doubleCsrf({ getSecret: () => 'x', getSessionIdentifier: () => 'y' })
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, { id }))

const nonce = (_req, res) => `'nonce-${res.nonce}'`
const withNonce = (_req, res, next) => {
  res.nonce = 'r4nd0mr4nd0m'
  next()
}
const policy = helmet({ contentSecurityPolicy: { directives: { scriptSrc: [nonce] } } })

const page = 'page '.repeat(500)
const html = (res, body) => {
  res.setHeader('Content-Type', 'text/html')
  res.end(body) // ends the response
}

const cases = {
  session: { use: [sessions()], answer: (_req, res) => html(res, page) },
  csrf: {
    frameworks: ['express', 'express4'],
    use: [cookieParser()],
    answer(req, res) {
      generateCsrfToken(req, res) // makes a token
      html(res, page)
    },
  },
  compression: { use: [compression()], answer: (_req, res) => html(res, page) },
  cors: { use: [cors({ origin: ['https://a.example'] })], answer: (_req, res) => html(res, page) },
  helmet: { use: [withNonce, policy], answer: (_req, res) => html(res, '<script nonce="r4nd0mr4nd0m">') },
  passport: {
    frameworks: ['express', 'express4'],
    use: [sessions(), passport.initialize(), passport.session()],
    answer: (req, res) => req.logIn({ id: 'alice' }, () => html(res, page)),
  },
  application: {
    use: [],
    answer(_req, res) {
      res.setHeader('Cache-Control', 'private') // keeps it to itself
      html(res, page)
    },
  },
  'writeHead with a list': {
    use: [],
    answer(_req, res) {
      res.writeHead(200, ['Set-Cookie', 'theme=dark', 'Set-Cookie', 'id=1']) // sets cookies
      res.end('x')
    },
  },
}

const makers = { express: () => express(), express4: () => express4(), connect: () => connect() }
const told = {}
const target = {
  url: 'http://shop.example/page',
  headers: { 'accept-encoding': 'gzip', origin: 'https://a.example' },
}

for (const [name, { use, answer, frameworks = Object.keys(makers) }] of Object.entries(cases)) {
  for (const framework of frameworks) {
    const app = makers[framework]()
    // A nonce of a policy below the cache would be a page's own.
    const isAbove = name === 'helmet'
    if (!isAbove) app.use(updateCache())
    for (const middleware of use) app.use(middleware)
    app.use(isAbove ? siteCache() : fetchFromCache())
    app.use('/page', answer)
    const explained = await explain(target, { app })
    const [layer] = explained.layers
    told[`${name} on ${framework}`] = {
      last: layer?.last,
      text: explainText(explained),
      notes: explained.notes,
    }
  }
}
process.stdout.write(JSON.stringify(told))
