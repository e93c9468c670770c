import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, keepRequestBody, siteCache, updateCache } from '@sitecache/express'
import '@sitecache/test-support/clock'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express, { type Express, type Request, type Response } from 'express'
import express4 from 'express4'
import { ask, contentMethods, type Said } from './asking.js'

const json = 'Content-Type: application/json'

/** Answers with what the parser made of the content, and how often it was asked. */
function answering(): { handler: (req: Request, res: Response) => void; renders: () => number } {
  let renders = 0
  return {
    handler: (req, res) => {
      renders += 1
      res.end(`${JSON.stringify(req.body)} ${renders}`)
    },
    renders: () => renders,
  }
}

type Asked = (content: string, lines?: readonly string[]) => Promise<Said>

async function open(app: Express, method: string): Promise<Asked> {
  const url = await serve(app)
  return (content, lines = [json]) => ask(url, method, '/page', content, lines)
}

const versions = [
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
] as const

describe.each(contentMethods)('%s', (method) => {
  const methods = [method]

  describe.each(versions)('a parser of %s', (_version, framework) => {
    it('below the cache finds the content', async () => {
      const { handler, renders } = answering()
      const app = framework().use(siteCache({ cache: freshCache(), methods }), framework.json())
      const asked = await open(app.all('/page', handler), method)
      for (const content of ['{"a":1}', '{"a":2}', '{"a":1}']) {
        expect((await asked(content)).body).toMatch(content)
      }
      expect(renders()).toBe(2)
    })

    it('above the cache leaves it no content: nothing is looked up or kept', async () => {
      const { handler, renders } = answering()
      const app = framework().use(framework.json(), siteCache({ cache: freshCache(), methods }))
      const asked = await open(app.all('/page', handler), method)
      for (const content of ['{"a":1}', '{"a":2}', '{"a":1}']) {
        const { body, cache } = await asked(content)
        expect([body, cache]).toEqual([
          expect.stringContaining(content),
          'sitecache; fwd=bypass; detail=body-gone',
        ])
      }
      expect(renders()).toBe(3)
    })

    it('above the cache may keep the content for it', async () => {
      const { handler, renders } = answering()
      const parsers = [
        framework.json({ verify: keepRequestBody }),
        framework.urlencoded({ verify: keepRequestBody }),
      ]
      const app = framework().use(...parsers, siteCache({ cache: freshCache(), methods }))
      const asked = await open(app.all('/page', handler), method)
      for (const content of ['{"a":1}', '{"a":2}', '{"a":1}', '{"a": 1}']) {
        expect((await asked(content)).body).toMatch(/^\{"a":[12]\} [123]$/)
      }
      expect(renders()).toBe(3)
      const form = ['Content-Type: application/x-www-form-urlencoded']
      await asked('a=1', form)
      expect((await asked('a=1', form)).cache).toMatch(/; hit/)
      // What no parser reads, the cache does.
      await asked('{"a":1}', ['Content-Type: text/plain'])
      expect((await asked('{"a":1}', ['Content-Type: text/plain'])).cache).toMatch(/; hit/)
    })

    it('above the cache keeps no content that it shows decoded', async () => {
      const { handler } = answering()
      const app = framework().use(
        framework.json({ verify: keepRequestBody }),
        siteCache({ cache: freshCache(), methods }),
      )
      const asked = await open(app.all('/page', handler), method)
      const packed = gzipSync('{"a":1}').toString('latin1')
      const { body, cache } = await asked(packed, [json, 'Content-Encoding: gzip'])
      expect([body, cache]).toEqual(['{"a":1} 1', 'sitecache; fwd=bypass; detail=body-gone'])
    })

    it('refuses a bad content as ever, and that is not kept', async () => {
      const { handler } = answering()
      const app = framework().use(siteCache({ cache: freshCache(), methods }), framework.json({ limit: 10 }))
      const asked = await open(app.all('/page', handler), method)
      for (let i = 0; i < 2; i += 1) {
        expect((await asked('{"a":')).status).toBe(400)
        expect((await asked(`{"a":"${'x'.repeat(20)}"}`)).status).toBe(413)
      }
    })
  })

  it('a parser between updateCache and fetchFromCache leaves the content to both', async () => {
    const { handler, renders } = answering()
    const cache = freshCache()
    const app = express().use(updateCache({ cache, methods }), express.json(), fetchFromCache())
    const asked = await open(app.all('/page', handler), method)
    for (const content of ['{"a":1}', '{"a":2}', '{"a":1}']) {
      expect((await asked(content)).body).toMatch(content)
    }
    expect((await asked('{"a":2}')).cache).toMatch(/; hit/)
    expect(renders()).toBe(2)
  })

  it('a site’s cache and a route’s share what one of them has read', async () => {
    const { handler, renders } = answering()
    const [outer, inner] = [freshCache(), freshCache()]
    const app = express().use(siteCache({ cache: outer, methods, timeout: 0 }), express.json())
    app.all('/page', cachePage(60, { cache: inner, methods }), handler)
    const asked = await open(app, method)
    await asked('{"a":1}')
    expect((await asked('{"a":1}')).cache).toMatch(/; hit; ttl=60/)
    expect(renders()).toBe(1)
  })

  it('somebody who listens in front of the cache is not disturbed', async () => {
    const heard: string[] = []
    const { handler } = answering()
    const app = express()
    app.use((req, _res, next) => {
      req.on('data', (chunk) => heard.push(String(chunk)))
      next()
    })
    app.use(siteCache({ cache: freshCache(), methods }), express.json())
    const asked = await open(app.all('/page', handler), method)
    const { body, cache } = await asked('{"a":1}')
    expect([body, cache, heard.join('')]).toEqual([
      '{"a":1} 1',
      'sitecache; fwd=bypass; detail=body-gone',
      '{"a":1}',
    ])
  })
})
