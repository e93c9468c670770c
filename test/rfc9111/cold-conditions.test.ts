import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import { type Handler, site } from '@sitecache/test-support/site'
import express from 'express'

const policies = ['django', 'rfc9111'] as const
const tagged: Handler = (req, res) => {
  res.set({ ETag: '"v1"', 'Cache-Control': 'max-age=60' })
  if (req.headers['if-none-match'] === '"v1"') return res.status(304).end()
  return res.end('0123456789')
}

describe.each(policies)('a conditional request for a page that is not stored, policy %s', (policy) => {
  it('fills the cache as any other does, and is answered by the page', async () => {
    const { app, renders } = site(tagged, { policy })
    const first = await request(app).get('/').set('If-None-Match', '"v1"')
    expect([first.status, first.headers.etag, first.text]).toEqual([304, '"v1"', ''])
    expect((await request(app).get('/')).text).toBe('0123456789')
    expect((await request(app).get('/').set('If-None-Match', '"v0"')).status).toBe(200)
    expect(renders()).toBe(1)
  })

  it('shares its render with all that come at once', async () => {
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    let asked = 0
    const app = express()
    let renders = 0
    app.use((_req, _res, next) => {
      asked += 1
      if (asked === 20) setImmediate(open)
      next()
    })
    app.use(siteCache({ cache: freshCache(), policy }))
    app.get('/', async (req, res) => {
      renders += 1
      await opened
      await tagged(req, res)
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => request(app).get('/').set('If-None-Match', '"v1"')),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 304))
    expect(renders).toBe(1)
  })

  it('is a 304 also where the page is not kept', async () => {
    const { app, renders } = site(
      (_req, res) => res.set({ ETag: '"v1"', 'Cache-Control': 'private', 'X-A': '1' }).end('mine'),
      { policy },
    )
    for (let i = 1; i <= 2; i += 1) {
      const answer = await request(app).get('/').set('If-None-Match', '"v1"')
      expect([answer.status, answer.headers['x-a'], answer.headers['content-length']]).toEqual([
        304,
        '1',
        undefined,
      ])
      expect(answer.headers['cache-status']).toContain('detail=private')
      expect(renders()).toBe(i)
    }
    expect((await request(app).get('/').set('If-None-Match', '"v0"')).text).toBe('mine')
  })

  it('for all bytes is answered by them, and fills the cache', async () => {
    const { app, renders } = site(
      (req, res) => {
        expect(req.headers.range).toBeUndefined()
        return res.set({ 'Content-Length': '10', 'Cache-Control': 'max-age=60' }).end('0123456789')
      },
      { policy },
    )
    const first = await request(app).get('/').set('Range', 'bytes=0-')
    expect([first.status, first.headers['content-range']]).toEqual([206, 'bytes 0-9/10'])
    const part = await request(app).get('/').set('Range', 'bytes=2-3')
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 2-3/10'])
    const whole = await request(app).get('/')
    expect([whole.status, whole.text, whole.headers['content-range']]).toEqual([200, '0123456789', undefined])
    expect(renders()).toBe(1)
  })

  it('that the handler answers 304 all the same stands for no page', async () => {
    const { app } = site(
      (req, res) => {
        if (req.get('x-first') !== undefined) return res.status(304).end()
        return res.set('Cache-Control', 'max-age=60').end('page')
      },
      { policy },
    )
    const headers = { 'X-First': '1', 'If-None-Match': '"a"' }
    expect((await request(app).get('/').set(headers)).status).toBe(304)
    expect((await request(app).get('/')).text).toBe('page')
  })
})

describe('RFC 9111 §4.3.4: a 304 about another representation', () => {
  it('is no validation: the page is asked for anew, once', async () => {
    const { app, renders } = site(
      (req, res) => {
        const isFirst = renders() === 1
        res.set({ ETag: isFirst ? '"v1"' : '"v2"', 'Cache-Control': 'max-age=1' })
        return req.headers['if-none-match'] === undefined
          ? res.end(isFirst ? 'one' : 'two')
          : res.status(304).end()
      },
      { policy: 'rfc9111' },
    )
    const { url, close } = await listen(app)
    expect(await (await fetch(url)).text()).toBe('one')
    passSeconds(2)
    expect(await (await fetch(url)).text()).toBe('two')
    expect(await (await fetch(url)).text()).toBe('two')
    expect(renders()).toBe(3)
    await close()
  })
})
