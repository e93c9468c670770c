import type { ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { type SiteOptions, siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { atEnd } from '@sitecache/test-support/at-end'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import express, { type RequestHandler } from 'express'
import { hear, words } from '../observe/heard.js'

/** Ways in which a handler gives up behind its head. */
const ways: readonly (readonly [string, RequestHandler])[] = [
  ['destroys the response', (_req, res) => void res.destroy()],
  ['destroys the request', (req) => void req.destroy()],
  ['closes the connection', (req) => void req.socket.destroy()],
  ['passes an error on', (_req, _res, next) => next(new Error('too late'))],
  [
    'sends a stream that fails',
    (_req, res) => {
      const broken = new Readable({ read: () => void broken.destroy(new Error('disk')) })
      pipeline(broken, res, () => undefined)
    },
  ],
]

const starts: readonly (readonly [string, (res: ServerResponse) => unknown])[] = [
  ['the head', (res) => res.flushHeaders()],
  ['a part of the body', (res) => res.write('half')],
]

async function site(handler: RequestHandler, options: SiteOptions = {}) {
  const cache = freshCache()
  const app = express()
  app.set('env', 'test')
  app.use(siteCache({ cache, policy: 'rfc9111', timeout: 10, ...options }), handler)
  const { url, close } = await listen(app)
  atEnd(close)
  return { cache, url, heard: hear(cache) }
}

describe.each(ways)('a handler that %s', (_, giveUp) => {
  it.each(starts)('behind %s leaves no client waiting that has the page', async (_, begin) => {
    const { cache, url, heard } = await site((req, res, next) => {
      res.setHeader('ETag', '"1"')
      begin(res)
      setImmediate(() => giveUp(req, res, next))
    })
    const { status, cacheStatus } = await ask(url, { 'If-None-Match': '"1"' })
    expect([status, cacheStatus]).toEqual([304, 'sitecache; fwd=uri-miss; detail=aborted'])
    expect(words(await heard.count(1))).toEqual(['unstorable aborted'])
    expect([cache.meter.rendering, (await cache.stats()).skips]).toEqual([0, { aborted: 1 }])
  })

  it.each(starts)('behind %s of an error is replaced by the stale page', async (_, begin) => {
    let isDown = false
    const { cache, url, heard } = await site(
      (req, res, next) => {
        if (!isDown) return void res.set('ETag', '"1"').end('page')
        res.status(500)
        begin(res)
        setImmediate(() => giveUp(req, res, next))
      },
      { staleIfError: 60 },
    )
    await ask(url)
    isDown = true
    passSeconds(11)
    expect(await ask(url)).toMatchObject({ status: 200, body: 'page' })
    expect(words(await heard.count(2))).toEqual(['miss', 'stale stale-if-error'])
    expect(cache.meter.rendering).toBe(0)
  })
})
