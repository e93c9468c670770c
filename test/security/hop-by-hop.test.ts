import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { frameworks } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'

/** RFC 9110 §7.6.1, and what older connections had. */
const hopByHop = [
  ...['Connection', 'Keep-Alive', 'Proxy-Connection', 'Proxy-Authenticate', 'Proxy-Authorization'],
  ...['Proxy-Authentication-Info', 'TE', 'Upgrade'],
]

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each([
    ['writeHead with an array', true],
    ['setHeader', false],
  ])('keeps nothing of the connection with a page: %s', async (_way, raw) => {
    const store = new ByteStore()
    const caches = createCaches({ default: { store } })
    const head: readonly (readonly [string, string])[] = [
      ...hopByHop.slice(1).map((name) => [name, 'of-one-hop'] as const),
      ['Connection', 'close, X-Hop ,,\t x-OTHER, x-absent'],
      ['X-Hop', 'of-one-hop'],
      ['X-Other', 'of-one-hop'],
      ['X-Absent-Too', 'of the page'],
    ]
    const site = siteCache({ caches })
    const app = framework.build([site], (_req, res) => {
      if (raw) return res.writeHead(200, head.flat()).end('page')
      for (const [name, value] of head) res.setHeader(name, value)
      return res.end('page')
    })
    const url = await serve(app)
    await getRaw(url, '/page')
    await caches.idle()
    const stored = [...store.entries.values()].map(({ bytes }) => bytes.toString('latin1')).join()
    const hit = await getRaw(url, '/page')
    expect(outcome(hit)).toBe('hit')
    expect(headerOf(hit, 'x-absent-too')).toBe('of the page')
    expect(
      [hit.headers.flat().join(), stored].filter((text) => /of-one-hop|x-hop|x-other,/i.test(text)),
    ).toEqual([])
  })
})

describe('Connection in a response', () => {
  const poisoned = (connection: string, head: Readonly<Record<string, string>>): Promise<Ask> =>
    twins({ site: siteCache({ cache: freshCache() }) }, ({ site }) => (req, res) => {
      site(req, res, () => {
        // Read before the head: what is first read behind it can't be told in Vary, and keeps the page out.
        const page = `in ${req.headers['accept-language']} for ${req.headers.authorization ?? req.headers.cookie}`
        res.writeHead(200, { Connection: `${connection}, close`, ...head })
        res.end(page)
      })
    })

  it.each([
    ['Cache-Control', { 'Cache-Control': 'private' }],
    ['cache-control', { 'Cache-Control': 'no-store' }],
    ['Vary', { Vary: '*' }],
    ['Set-Cookie', { 'Set-Cookie': 'session=secret' }],
    ['Set-Cookie, Vary', { 'Set-Cookie': 'session=secret', Vary: 'Cookie' }],
    ['Content-Range', { 'Content-Range': 'bytes 0-1/9' }],
  ])('that names %s makes no page storable that is not', async (connection, head) => {
    const ask = await poisoned(connection, head)
    for (const who of ['a', 'b']) expect(outcome(await ask('/', [`Cookie: ${who}`]))).toBe('passed')
  })

  it.each(['Vary', 'vary'])('that names %s does not mix up variants', async (connection) => {
    const ask = await poisoned(connection, { Vary: 'Accept-Language, Cookie' })
    const heads = ['de', 'fr'].flatMap((language) =>
      ['a', 'b'].map((who) => [`Accept-Language: ${language}`, `Cookie: ${who}`]),
    )
    for (const lines of heads) expect(outcome(await ask('/', lines))).toBe('stored')
    for (const lines of heads) expect(outcome(await ask('/', lines))).toBe('hit')
  })

  it('that names Content-Length leaves the length of a hit right', async () => {
    const ask = await poisoned('Content-Length', { 'Content-Length': String('in de for a'.length) })
    const lines = ['Accept-Language: de', 'Cookie: a']
    await ask('/', lines)
    expect(headerOf(await ask('/', lines), 'content-length')).toBe('11')
  })
})

describe('Connection in a request', () => {
  const languages: RequestListener = (req, res) => {
    res.setHeader('Vary', 'Accept-Language, Cookie')
    res.end(`in ${req.headers['accept-language']} for ${req.headers.authorization ?? req.headers.cookie}`)
  }
  const application = (): Promise<Ask> =>
    twins({ site: siteCache({ cache: freshCache() }) }, ({ site }) => (req, res) => {
      site(req, res, () => languages(req, res))
    })

  it('takes no header out of the key that it names', async () => {
    const ask = await application()
    const connections = [
      [],
      ['Connection: Accept-Language, Cookie'],
      ['Connection: keep-alive, cookie'],
      ['TE: trailers'],
    ]
    for (let round = 0; round < 2; round += 1) {
      for (const connection of connections) {
        for (const [language, who] of [
          ['de', 'a'],
          ['fr', 'b'],
          ['', ''],
        ]) {
          await ask('/', [...connection, `Accept-Language: ${language}`, `Cookie: ${who}`])
        }
      }
    }
  })

  it.each([
    ['Connection: Authorization'],
    ['Connection: authorization, close'],
    ['Proxy-Connection: Authorization'],
  ])('makes no page for one visitor everybody’s: %s', async (line) => {
    const ask = await application()
    for (const who of ['a', 'b', 'a']) {
      expect(outcome(await ask('/', [line, `Authorization: Bearer ${who}`]))).toBe('passed')
    }
  })

  it.each(['Connection: Content-Length', 'Connection: Transfer-Encoding'])(
    'lets no body in that has no part in the key: %s',
    async (line) => {
      const ask = await application()
      expect(outcome(await ask('/', [line, 'Content-Length: 0']))).toBe('stored')
      const url = await serve((req, res) =>
        siteCache({ cache: freshCache() })(req, res, () => languages(req, res)),
      )
      const fat = await getRaw(url, '/', [line, 'Transfer-Encoding: chunked', 'X: y\r\n\r\n0\r\n\r\n'])
      expect(headerOf(fat, 'cache-status')).toMatch(/bypass/)
    },
  )
})

describe('Transfer-Encoding in a response', () => {
  it.each(['gzip, chunked', 'GZIP,Chunked', 'deflate, gzip, chunked'])(
    'that is more than chunks keeps the page out: %s',
    async (coding) => {
      const url = await serve((req, res) =>
        site(req, res, () => res.writeHead(200, { 'Transfer-Encoding': coding }).end('encoded')),
      )
      const site = siteCache({ cache: freshCache() })
      await getRaw(url, '/')
      expect(headerOf(await getRaw(url, '/'), 'cache-status')).toMatch(/detail=transfer-encoding/)
    },
  )

  it.each(['chunked', 'Chunked'])('that is %s changes nothing', async (coding) => {
    const site = siteCache({ cache: freshCache() })
    const url = await serve((req, res) =>
      site(req, res, () => res.writeHead(200, { 'Transfer-Encoding': coding }).end('page')),
    )
    await getRaw(url, '/')
    const hit = await getRaw(url, '/')
    expect([outcome(hit), hit.body.toString(), headerOf(hit, 'transfer-encoding')]).toEqual([
      'hit',
      'page',
      undefined,
    ])
  })
})
