import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { getPageKey, siteCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { ask, contentMethods, hasQuery, readAll } from './asking.js'
import { type Answer, plain, searchSite } from './search-site.js'

describe('a Node with QUERY, or without', () => {
  it('lets QUERY through where http.METHODS has it, and refuses it with 400 by itself where not', async () => {
    const { url, asked } = await searchSite()
    const { status } = await ask(url, 'QUERY', '/search', 'a')
    expect([status, asked]).toEqual(hasQuery ? [200, ['a']] : [400, []])
  })
})

describe('which methods have pages', () => {
  it.each(contentMethods)('none for %s under policy django, as in Django', async (method) => {
    const { url, asked } = await searchSite(plain, { methods: undefined } as object)
    for (let i = 0; i < 2; i += 1) {
      const { body, cache } = await ask(url, method, '/search', 'a')
      expect([body, cache]).toEqual([`${method} "a"`, 'sitecache; fwd=method'])
    }
    expect(asked).toEqual(['a', 'a'])
  })

  it.each(contentMethods)('QUERY alone under policy rfc9111: %s', async (method) => {
    const { url } = await searchSite((_req, res) => res.setHeader('Cache-Control', 'max-age=60').end('x'), {
      methods: undefined,
      policy: 'rfc9111',
    } as object)
    await ask(url, method, '/search', 'a')
    const { cache } = await ask(url, method, '/search', 'a')
    expect(cache).toMatch(method === 'QUERY' ? /; hit/ : /fwd=method/)
  })

  it('GET and HEAD always', async () => {
    const { url, asked } = await searchSite(plain, { methods: ['POST'] })
    await ask(url, 'GET', '/search')
    expect((await ask(url, 'HEAD', '/search')).cache).toMatch(/; hit/)
    expect(asked).toEqual([''])
  })

  it.each([
    ['methods', 'POST'],
    ['methods', ['PUT']],
    ['methods', ['query']],
    ['maxRequestBodyBytes', -1],
    ['maxRequestBodyBytes', '64k'],
    ['requestBodyTimeout', 0],
    ['requestBodyTimeout', null],
  ])('refuses %s: %p when it is made', (name, value) => {
    expect(() => siteCache({ [name]: value } as object)).toThrow(new RegExp(`siteCache.${name} must be`))
  })
})

describe.each(contentMethods)('%s', (method) => {
  it('has a page for each content', async () => {
    const { url, asked } = await searchSite()
    for (const content of ['a', 'b', '', 'a', 'b', '']) {
      expect((await ask(url, method, '/search', content)).body).toBe(`${method} "${content}"`)
    }
    expect(asked).toEqual(['a', 'b', ''])
  })

  it.each(['Content-Type', 'Content-Encoding', 'Content-Language', 'Content-Location'])(
    'has a page for each %s, which says what the bytes mean',
    async (field) => {
      const { url, asked } = await searchSite()
      const caches: string[] = []
      for (const lines of [[`${field}: x`], [`${field}: y`], [], [`${field}:`], [`${field}: x`]]) {
        caches.push((await ask(url, method, '/search', 'a', lines)).cache.replace(/ttl=\d+/, 'ttl'))
      }
      const stored = 'sitecache; fwd=uri-miss; stored'
      expect(caches).toEqual([stored, stored, stored, stored, 'sitecache; hit; ttl'])
      expect(asked).toHaveLength(4)
    },
  )

  it('shares nothing with GET, nor with the other method', async () => {
    const { url, asked } = await searchSite()
    const methods = ['GET', ...contentMethods]
    for (let round = 0; round < 2; round += 1) {
      for (const each of methods) expect((await ask(url, each, '/search')).body).toBe(`${each} ""`)
    }
    expect(asked).toHaveLength(methods.length)
  })

  it('says Age and Cache-Status on a hit, as for GET', async () => {
    const { url } = await searchSite()
    await ask(url, method, '/search', 'a')
    passSeconds(5)
    const { cache, response } = await ask(url, method, '/search', 'a')
    expect([cache, headerOf(response, 'age')]).toEqual(['sitecache; hit; ttl=595', '5'])
  })

  it('follows Vary', async () => {
    const { url, asked } = await searchSite((req, res) =>
      res.setHeader('Vary', 'Accept-Language').end(String(req.headers['accept-language'])),
    )
    for (const language of ['en', 'fr', 'en', 'fr']) {
      expect((await ask(url, method, '/search', 'a', [`Accept-Language: ${language}`])).body).toBe(language)
    }
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['private', 'Cache-Control', 'private'],
    ['no-store', 'Cache-Control', 'no-store'],
    ['set-cookie', 'Set-Cookie', 'a=1'],
    ['vary-star', 'Vary', '*'],
  ])('keeps nothing that a GET’s page would not be: %s', async (detail, name, value) => {
    const { url, asked } = await searchSite((_req, res) => res.setHeader(name, value).end('x'))
    for (let i = 0; i < 2; i += 1) {
      const { cache } = await ask(url, method, '/search', 'a')
      expect(cache).toBe(`sitecache; fwd=uri-miss; detail=${detail}`)
    }
    expect(asked).toHaveLength(2)
  })

  it('keeps no answer to a request with Authorization, unless it is public', async () => {
    const { url } = await searchSite((req, res) => {
      if (req.headers['x-public'] !== undefined) res.setHeader('Cache-Control', 'public, max-age=60')
      res.end('x')
    })
    const lines = ['Authorization: Basic YQ==']
    await ask(url, method, '/search', 'a', lines)
    expect((await ask(url, method, '/search', 'a', lines)).cache).toMatch(/detail=authorization/)
    const open = [...lines, 'X-Public: 1']
    await ask(url, method, '/search', 'b', open)
    expect((await ask(url, method, '/search', 'b', open)).cache).toMatch(/; hit/)
  })

  it('tells signed-in visitors apart, and keeps out of their exchanges under anonymousOnly', async () => {
    const isAuthenticated = (req: IncomingMessage) => req.headers.cookie !== undefined
    const answer: Answer = (req, res) => res.end(`for ${req.headers.cookie}`)
    // A cookie of the application vouches for nobody, unless the application says so.
    const own = await searchSite(answer, { isAuthenticated, visitor: (req) => req.headers.cookie })
    const none = await searchSite(answer, { isAuthenticated, anonymousOnly: true })
    for (const visitor of ['a=1', 'a=2', 'a=1']) {
      const lines = [`Cookie: ${visitor}`]
      expect((await ask(own.url, method, '/search', 'x', lines)).body).toBe(`for ${visitor}`)
      expect((await ask(none.url, method, '/search', 'x', lines)).cache).toBe(
        'sitecache; fwd=bypass; detail=signed-in',
      )
    }
    expect([own.asked.length, none.asked.length]).toEqual([2, 3])
  })

  it('passes by what skip() and an upgrade ask for, its content untouched', async () => {
    const { url, asked } = await searchSite(plain, { skip: (req) => req.headers['x-skip'] !== undefined })
    const skipped = await ask(url, method, '/search', 'a', ['X-Skip: 1'])
    expect(skipped.cache).toBe('sitecache; fwd=bypass; detail=skip')
    const upgrade = await ask(url, method, '/search', 'b', ['Upgrade: h2c'])
    expect(upgrade.cache).toBe('sitecache; fwd=bypass; detail=request')
    expect(asked).toEqual(['a', 'b'])
  })

  it('keeps out where a callback of the application fails, and counts it', async () => {
    const { url, cache, asked } = await searchSite(plain, {
      keyParts: () => {
        throw new Error('no parts')
      },
    })
    expect((await ask(url, method, '/search', 'a')).cache).toBe('sitecache; fwd=bypass; detail=error')
    expect(asked).toEqual(['a'])
    expect((await cache.stats()).errors).toBe(1)
  })

  it('has requests for one content wait for one render, and each content for its own', async () => {
    let release = (): void => {}
    const open = new Promise<void>((resolve) => {
      release = resolve
    })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    let came = 0
    const count = () => {
      came += 1
      return []
    }
    const handler: Parameters<typeof searchSite>[0] = async (_req, res, content) => {
      await open
      res.end(`answer to ${content}`)
    }
    const { url, asked } = await searchSite(handler, { keyParts: count })
    const asking = ['a', 'b', 'a', 'b', 'a', 'b'].map((content) => ask(url, method, '/search', content))
    while (came < 6 || asked.length < 2) await turn()
    // The last ones come to where they wait.
    for (let i = 0; i < 50; i += 1) await turn()
    release()
    const answers = await Promise.all(asking)
    expect(answers.map(({ body }) => body)).toEqual(
      ['a', 'b', 'a', 'b', 'a', 'b'].map((it) => `answer to ${it}`),
    )
    expect([...asked].sort()).toEqual(['a', 'b'])
    expect(answers.filter(({ cache }) => /collapsed/.test(cache))).toHaveLength(4)
  })

  it('keeps no parts, and answers from the whole', async () => {
    const { url } = await searchSite(
      (req, res) => {
        if (req.headers['x-part'] !== undefined) {
          res.writeHead(206, { 'Content-Range': 'bytes 0-1/10', 'Cache-Control': 'max-age=60', ETag: '"1"' })
          return res.end('01')
        }
        return res.setHeader('Cache-Control', 'max-age=60').setHeader('ETag', '"1"').end('0123456789')
      },
      { policy: 'rfc9111' },
    )
    const part = await ask(url, method, '/search', 'a', ['Range: bytes=0-1', 'X-Part: 1'])
    expect([part.status, part.cache]).toEqual([206, 'sitecache; fwd=uri-miss; detail=status'])
    await ask(url, method, '/search', 'a')
    const whole = await ask(url, method, '/search', 'a', ['Range: bytes=0-1'])
    expect([whole.status, whole.body]).toEqual([200, '0123456789'])
    expect(whole.cache).toMatch(/; hit/)
  })

  it('has a key by which it can be looked at', async () => {
    const { url, cache } = await searchSite()
    const query = { url: 'http://a.example/search', method, headers: { 'content-type': 'text/plain' } }
    await ask(url, method, '/search', 'a', ['Content-Type: text/plain'])
    const key = await getPageKey({ ...query, body: 'a' }, { cache })
    expect(await cache.has(String(key))).toBe(true)
    expect(await getPageKey({ ...query, body: 'b' }, { cache })).toBeUndefined()
    expect(await getPageKey({ ...query, method: 'GET' }, { cache })).toBeUndefined()
  })

  it('works in front of an application', async () => {
    let renders = 0
    const app = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      renders += 1
      res.end(`${renders} ${await readAll(req)}`)
    }
    const url = await serve(withSiteCache(app, { cache: freshCache(), methods: [method] }))
    for (const content of ['a', 'b', 'a']) await ask(url, method, '/', content)
    expect((await ask(url, method, '/', 'b')).body).toBe('2 b')
    expect(renders).toBe(2)
  })
})

describe('conditions', () => {
  const answer: Answer = (_req, res, content) =>
    res.setHeader('Cache-Control', 'max-age=60').setHeader('ETag', `"${content}"`).end('x')

  it.each(contentMethods)(
    'a stored page answers 304 to QUERY as to GET, to POST never: %s',
    async (method) => {
      const { url } = await searchSite(answer)
      await ask(url, method, '/search', 'a')
      const { status, body, cache } = await ask(url, method, '/search', 'a', ['If-None-Match: "a"'])
      expect([status, body]).toEqual(method === 'QUERY' ? [304, ''] : [200, 'x'])
      expect(cache).toMatch(/; hit/)
    },
  )

  it.each(contentMethods)(
    'a handler is asked whether a stale page holds by QUERY, by POST never: %s',
    async (method) => {
      const seen: unknown[] = []
      const { url } = await searchSite(
        (req, res, content) => {
          seen.push(req.headers['if-none-match'])
          if (req.headers['if-none-match'] === '"a"') res.statusCode = 304
          res.setHeader('Cache-Control', 'max-age=60').setHeader('ETag', `"${content}"`)
          res.end(res.statusCode === 304 ? undefined : 'page')
        },
        { policy: 'rfc9111' },
      )
      await ask(url, method, '/search', 'a')
      passSeconds(61)
      const { status, body } = await ask(url, method, '/search', 'a')
      expect([status, body]).toEqual([200, 'page'])
      expect(seen).toEqual([undefined, method === 'QUERY' ? '"a"' : undefined])
    },
  )
})
