import { describe, expect, it } from '@jest/globals'
import { siteCache, varyOnCookie } from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import './support/clock.js'
import { freshCache, page } from './seeds/keys.js'
import { loadOf, pick } from './support/load.js'
import { type Outcome, replay } from './support/replay.js'

/** A site with one route, asked by visitors with cookies of their own. */
function visited(handlers: readonly RequestHandler[], path = '/page'): Promise<Outcome> {
  const cache = freshCache()
  const app = express().use(siteCache({ cache }))
  app.get('/page', ...handlers)
  const load = loadOf(120, 2, (random) => ({
    path: path.replace('*', String(pick(random, 8))),
    headers: { Cookie: `visitor=${pick(random, 12)}` },
  }))
  return replay([{ app, caches: [cache] }], load)
}

const rulesOf = ({ findings }: Outcome): string[] => findings.map(({ rule }) => rule)

describe('the doctor never advises to share', () => {
  it('private pages that differ by visitor', async () => {
    const outcome = await visited([
      (req, res) => void res.set('Cache-Control', 'private').send(page(`For ${req.headers.cookie}`)),
    ])
    expect(rulesOf(outcome)).toEqual([])
  })

  it('private pages that look at the visitor, though all that came got the same', async () => {
    const outcome = await visited([
      session({ secret: 'a secret', resave: false, saveUninitialized: false }),
      (req, res) => {
        const name = Reflect.get(req.session, 'user') ?? 'nobody'
        res.set('Cache-Control', 'private').send(page(`For ${name}`))
      },
    ])
    expect(rulesOf(outcome)).toEqual([])
  })

  it('pages that a cookie makes wholly different', async () => {
    const outcome = await visited([
      varyOnCookie,
      cookieParser(),
      (req, res) => void res.send(`For ${req.cookies.visitor}. `.repeat(60)),
    ])
    expect(rulesOf(outcome)).toEqual([])
  })

  it('pages with a cookie of their own in the body: a hole, and no setCookie', async () => {
    let tokens = 0
    const outcome = await visited([
      (_req, res) => {
        tokens += 1
        res.cookie('csrf', String(tokens)).send(page(`<input value="${tokens}">`))
      },
    ])
    expect(rulesOf(outcome)).toEqual(['set-cookie'])
    expect(outcome.findings[0]?.fix.code).toContain("hole('form'")
    expect(outcome.findings[0]?.fix.code).not.toContain('strip')
  })

  it('pages whose parameter matters now and then', async () => {
    const outcome = await visited(
      [(req, res) => void res.send(page(req.query.n === '7' ? 'seven' : 'other'))],
      '/page?n=*',
    )
    expect(rulesOf(outcome)).toEqual([])
  })
})
