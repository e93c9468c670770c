import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe } from '@jest/globals'
import bodyParser from 'body-parser'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import express from 'express'
import { rateLimit } from 'express-rate-limit'
import { express as useragent } from 'express-useragent'
import helmet from 'helmet'
import { createInstance } from 'i18next'
import { handle as i18nHandle, LanguageDetector } from 'i18next-http-middleware'
import methodOverride from 'method-override'
import morgan from 'morgan'
import multer from 'multer'
import { pinoHttp } from 'pino-http'
import responseTime from 'response-time'
import favicon from 'serve-favicon'
import { handler } from '../support/application.js'
import { inBoth, mustHit, type Stack } from '../support/stack.js'

const folder = mkdtempSync(join(tmpdir(), 'sitecache-static-'))
writeFileSync(join(folder, 'favicon.ico'), 'icon')
writeFileSync(join(folder, 'app.css'), 'css')

/** Takes what loggers write. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })
const limit = () =>
  rateLimit({ windowMs: 60_000, limit: 1000, standardHeaders: 'draft-6', legacyHeaders: false })

async function i18n() {
  const instance = createInstance()
  const resources = Object.fromEntries(
    ['en', 'de', 'fr'].map((tag) => [tag, { translation: { hi: `hi ${tag}` } }]),
  )
  await instance.use(LanguageDetector).init({ fallbackLng: 'en', preload: ['en', 'de', 'fr'], resources })
  return i18nHandle(instance) as never
}
const translate = await i18n()

/** helmet's own recipe; below `siteCache()` policy and page are kept together. */
const nonce = [
  handler((_req, res, next) => {
    res.locals.nonce = Math.random().toString(36)
    next()
  }),
  helmet({
    contentSecurityPolicy: {
      directives: {
        scriptSrc: [(_req, res) => `'nonce-${(res as { locals?: { nonce?: string } }).locals?.nonce}'`],
      },
    },
  }),
]

const stacks: readonly Stack[] = [
  ...inBoth('compression', () => [compression({ threshold: 0 })], {
    agrees: ({ headers }) =>
      headers['content-encoding'] !== undefined && /accept-encoding/i.test(headers.vary ?? ''),
  }),
  ...inBoth('helmet', () => [helmet()], {
    agrees: ({ headers }) => headers['content-security-policy'] !== undefined,
  }),
  ...inBoth('helmet with a nonce', () => nonce, {
    warns: ['SITECACHE_NONCE'],
    show: (req, res) => res.send(`page ${req.path} <script nonce="${res.locals.nonce}">`),
    agrees: ({ text, headers }) =>
      String(headers['content-security-policy']).includes(`'nonce-${/nonce="([^"]+)/.exec(text)?.[1]}'`),
  }).filter(({ name }) => name.endsWith('siteCache')),
  ...inBoth('morgan', () => [morgan('combined', { stream: nowhere() })]),
  ...inBoth('pino-http', () => [pinoHttp({}, nowhere())]),
  ...inBoth('cors for all origins', () => [cors()], {
    agrees: ({ headers }) => headers['access-control-allow-origin'] === '*',
  }),
  // Without an Origin, and with each of two.
  ...inBoth(
    'cors for a list of origins',
    () => [cors({ origin: ['https://app.example', 'https://admin.example'] })],
    {
      renders: { '/': 3, '/articles': 3 },
    },
  ),
  ...inBoth('express-rate-limit', () => [limit()], {
    agrees: ({ headers }) => headers['ratelimit-remaining'] !== undefined,
  }),
  // In English, German and French.
  ...inBoth('i18next-http-middleware', () => [translate], {
    show: (req, res) => res.send(`page ${req.path} ${req.t('hi')}`),
    renders: { '/': 3, '/articles': 3 },
  }),
  ...inBoth('analytics cookies, and a theme that nobody has chosen', () => [cookieParser()], {
    show: (req, res) => res.send(`page ${req.path} in ${req.cookies.theme ?? 'light'}`),
  }),
  ...inBoth('analytics cookies, and a handler that reads the whole field', () => [], {
    show: (req, res) =>
      res.send(`page ${req.path} in ${/theme=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? 'light'}`),
  }),
  ...inBoth('body parsers and multer', () => [
    bodyParser.json(),
    bodyParser.urlencoded({ extended: true }),
    express.text(),
    multer().none(),
  ]),
  ...inBoth('express.static in front', () => [express.static(folder)]),
  ...inBoth('response-time', () => [responseTime()], {
    agrees: ({ headers }) => headers['x-response-time'] !== undefined,
  }).filter(({ name }) => name.endsWith('between')),
  ...inBoth('response-time', () => [responseTime()]).filter(({ name }) => name.endsWith('siteCache')),
  ...inBoth('serve-favicon', () => [favicon(join(folder, 'favicon.ico'))]),
  ...inBoth('method-override', () => [methodOverride()]),
  ...inBoth('express-useragent that nobody uses', () => [useragent()]).filter(({ name }) =>
    name.endsWith('between'),
  ),
  ...inBoth('all of the usual', () => [
    helmet(),
    morgan('tiny', { stream: nowhere() }),
    cors(),
    limit(),
    cookieParser(),
    express.json(),
    express.static(folder),
    compression({ threshold: 0 }),
  ]),
]

describe('sites with the usual middlewares have hits', () => {
  mustHit(stacks)
})
