import { crc32 } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, exchangeRaw, getRaw, headerOf, type RawResponse } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome } from '@sitecache/test-support/twins'
import express, { type ErrorRequestHandler, type Response } from 'express'

/** What would begin another line, or did in some version of Node: the last is cut to CR and LF by Latin-1. */
const breaks = { CRLF: '\r\n', LF: '\n', CR: '\r', NUL: '\0', 'U+010D U+010A': '\u010d\u010a' } as const

type Write = (res: Response, evil: string) => unknown

const writers: Readonly<Record<string, Write>> = {
  setHeader: (res, evil) => res.setHeader('X-A', evil),
  'setHeader with a list': (res, evil) => res.setHeader('X-A', ['a', evil]),
  'setHeader with a name': (res, evil) => res.setHeader(evil, 'a'),
  appendHeader: (res, evil) => res.appendHeader('X-A', evil),
  'writeHead with an object': (res, evil) => res.writeHead(200, { 'X-A': evil }),
  'writeHead with an object’s name': (res, evil) => res.writeHead(200, { [evil]: 'a' }),
  'writeHead with an array': (res, evil) => res.writeHead(200, ['X-A', evil]),
  'writeHead with an array’s name': (res, evil) => res.writeHead(200, [evil, 'a']),
  'writeHead with a reason': (res, evil) => res.writeHead(200, evil),
  statusMessage: (res, evil) => {
    res.statusMessage = evil
    res.flushHeaders()
  },
  Vary: (res, evil) => res.vary(`Accept, ${evil}`),
  'Cache-Control': (res, evil) => res.set('Cache-Control', `max-age=60, x="${evil}"`),
  'res.cookie': (res, evil) => res.cookie('a', evil, { encode: String }),
  'res.location': (res, evil) => res.location(evil),
  'res.attachment': (res, evil) => res.attachment(evil),
  'res.links': (res, evil) => res.links({ next: evil }),
  trailers: (res, evil) => {
    res.setHeader('Trailer', 'X-T')
    res.write('a')
    res.addTrailers({ 'X-T': evil })
  },
}

const answersFor: ErrorRequestHandler = (_error, _req, res, _next) => {
  if (res.headersSent) return void res.destroy()
  res.statusMessage = ''
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.status(200).send('refused')
}

const injected = ({ headers, reason }: RawResponse): boolean =>
  headers.some(([name]) => /^injected/i.test(name)) || /injected/i.test(reason)

describe.each(Object.entries(breaks))('a handler that writes %s', (_name, lineBreak) => {
  it.each(Object.entries(writers))('by %s makes no header of it, on a hit neither', async (_way, write) => {
    let evil = `a${lineBreak}Injected: yes${lineBreak}${lineBreak}<script>`
    const app = express()
    app.use(siteCache({ cache: freshCache() }))
    app.use((_req, res) => {
      write(res, evil)
      res.end('page')
    })
    app.use(answersFor)
    const url = await serve(app)
    for (let i = 0; i < 3; i += 1) expect(injected(await getRaw(url, '/'))).toBe(false)
    evil = 'good'
    expect(injected(await getRaw(url, '/other'))).toBe(false)
  })
})

describe('a request that carries line breaks', () => {
  it.each([
    '%0d%0aInjected:%20yes',
    '%0D%0A%0D%0A<script>',
    '%0aInjected:yes',
    '%E5%98%8A%E5%98%8DInjected:yes',
  ])('makes no header of a page that shows it: %s', async (text) => {
    const app = express().use(siteCache({ cache: freshCache(), statuses: [200, 302] }))
    app.get('/go', (req, res) => res.redirect(String(req.query.to)))
    app.get('/tag', (req, res) => {
      res
        .append('Link', `<${encodeURI(String(req.query.to))}>`)
        .cookie('to', req.query.to)
        .send('page')
    })
    const url = await serve(app)
    for (const path of ['/go', '/tag', '/go', '/tag']) {
      const response = await getRaw(url, `${path}?to=/${text}`)
      expect([302, 200]).toContain(response.status)
      expect(injected(response)).toBe(false)
    }
  })

  it.each(['/a\r\nInjected: yes', '/a\nInjected: yes', '/a HTTP/1.1\r\nInjected: yes\r\nX:'])(
    'in its target is no request, or has a page of its own: %j',
    async (target) => {
      const app = express().use(siteCache({ cache: freshCache() }))
      app.use((req, res) => void res.send(`${req.url} ${req.headers.injected ?? 'none'}`))
      const url = await serve(app)
      await exchangeRaw(url, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`)
      const victim = await getRaw(url, '/b', ['Host: a.example'])
      expect(bodyOf(victim).toString()).toBe('/b none')
      expect(outcome(victim)).toBe('stored')
    },
  )
})

describe('a stored page', () => {
  const marker = 'value-to-be-forged'

  /** Returns a page's bytes with another text in the marker's place, under a checksum that is right. */
  function forge(bytes: Buffer, text: string): Buffer {
    if (!bytes.includes(marker)) return bytes
    const forged = Buffer.from(bytes.toString('latin1').replace(marker, text.padEnd(marker.length)), 'latin1')
    forged.writeUInt32BE(crc32(forged.subarray(8)), 4)
    return forged
  }

  async function afterForgery(text: string): Promise<RawResponse> {
    const store = new ByteStore()
    const caches = createCaches({ default: { store } })
    const app = express().use(siteCache({ caches }))
    app.use((_req, res) => void res.set('X-A', marker).send('page'))
    const url = await serve(app)
    await getRaw(url, '/')
    await caches.idle()
    for (const entry of store.entries.values()) entry.bytes = forge(entry.bytes, text)
    return getRaw(url, '/')
  }

  it('of which a header was changed, checksum and all, is served: the test can forge', async () => {
    const hit = await afterForgery('another')
    expect([outcome(hit), headerOf(hit, 'x-a')]).toEqual(['hit', 'another'])
  })

  it.each([
    'a\r\nInjected: 1',
    'a\rInjected: 1',
    'a\0b',
    '\x7f',
    'a\x0bb',
    'a\nInjected',
    'a\nIn jected\nb',
    'a\n\nb\nc\nd',
  ])('that holds what no header may is a miss: %j', async (text) => {
    const response = await afterForgery(text)
    expect([response.status, outcome(response), headerOf(response, 'x-a')]).toEqual([200, 'stored', marker])
    expect(injected(response)).toBe(false)
  })
})
