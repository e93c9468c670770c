import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { conditionalGet, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { type Framework, frameworks, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'

/** A middleware that puts a copy in the place of a request's headers. */
const copyHeaders: Use = (req, _res, next) => {
  req.headers = { ...req.headers, 'x-copied': 'yes' }
  next()
}

const layers: Readonly<Record<string, () => readonly Use[]>> = {
  'siteCache()': () => [siteCache({ cache: freshCache(), policy: 'rfc9111' })],
  'both halves': () => [updateCache({ cache: freshCache(), policy: 'rfc9111' }), fetchFromCache()],
}

/** A page that is asked about each time. */
const application = ({ build }: Framework, middlewares: readonly Use[]) =>
  build([conditionalGet(), ...middlewares, copyHeaders], (req, res) => {
    res.setHeader('ETag', '"v1"')
    res.setHeader('Cache-Control', 'public, no-cache')
    res.statusCode = req.headers['if-none-match'] === '"v1"' ? 304 : 200
    res.end(res.statusCode === 304 ? undefined : 'page')
  })

describe.each(frameworks)(
  'RFC 9111 §4.3.1 on $name: conditions that the cache puts to a handler',
  (framework) => {
    it.each(Object.entries(layers))(
      'are not its client’s, where the application copies the headers: %s',
      async (_, middlewares) => {
        const app = application(framework, middlewares())
        for (const _time of [1, 2, 3]) {
          const { status, text } = await request(app).get('/page').buffer(true)
          expect([status, text]).toEqual([200, 'page'])
        }
        expect((await request(app).get('/page').set('If-None-Match', '"v1"')).status).toBe(304)
      },
    )
  },
)

const names = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const

/** Returns what a request is asked by, as each form in which Node shows its headers has it. */
function askedBy({ headers, headersDistinct, rawHeaders }: IncomingMessage) {
  const raw = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
  return {
    headers: names.filter((name) => headers[name] !== undefined),
    distinct: names.filter((name) => headersDistinct[name] !== undefined),
    raw: names.filter((name) => raw.includes(name)),
  }
}

const inAllForms = (...asked: string[]) => ({ headers: asked, distinct: asked, raw: asked })

/** What clients send one after the other, and what the handler is asked by then. */
const exchanges: Readonly<Record<string, [Readonly<Record<string, string>>[], object]>> = {
  'a client has a page of its own': [[{ 'If-None-Match': '"v0"' }], inAllForms()],
  'a stored page may still hold': [[{}, {}], inAllForms('if-none-match')],
  'both are so': [[{}, { 'If-None-Match': '"v0"' }], inAllForms('if-none-match')],
  'a part of a page is stored': [[{ Range: 'bytes=0-1' }, {}], inAllForms('if-range', 'range')],
}

describe.each(frameworks)('the headers of a request that the cache asks by on $name', ({ build }) => {
  it.each(Object.entries(exchanges))('are the same in each form, where %s', async (_, [clients, last]) => {
    for (const isRead of [false, true]) {
      const shown: unknown[] = []
      const afterwards: unknown[] = []
      const above: Use = (req, res, next) => {
        if (isRead) askedBy(req)
        res.once('close', () => afterwards.push(askedBy(req)))
        next()
      }
      const app = build([above, siteCache({ cache: freshCache(), policy: 'rfc9111' })], (req, res) => {
        shown.push(askedBy(req))
        const isPart = req.headers.range === 'bytes=0-1'
        res.setHeader('ETag', '"v1"')
        res.setHeader('Cache-Control', isPart ? 'max-age=60' : 'no-cache')
        res.statusCode = isPart ? 206 : 200
        if (isPart) res.setHeader('Content-Range', 'bytes 0-1/4')
        res.end(isPart ? 'pa' : 'page')
      })
      for (const headers of clients) await request(app).get('/page').set(headers)
      expect(shown.at(-1)).toEqual(last)
      const sent = names.filter((name) =>
        Object.keys(clients.at(-1) ?? {}).some((one) => one.toLowerCase() === name),
      )
      expect(afterwards.at(-1)).toEqual(inAllForms(...sent))
    }
  })
})
