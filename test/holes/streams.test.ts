import { once } from 'node:events'
import { request as ask, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, hole, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import compression from 'compression'
import express, { type Express, type Request } from 'express'
import { as, cart, greeting, page, seenBy, visitorOf } from './visitors.js'

/** Filled when the test says so, for one visitor each. */
const gates = new Map<string, () => void>()
const gated = hole('gated', async (req: Request) => {
  await new Promise<void>((resolve) => gates.set(visitorOf(req), resolve))
  return `<gated ${visitorOf(req)}>`
})

async function open(visitor: string): Promise<void> {
  while (!gates.has(visitor)) await new Promise((resolve) => setImmediate(resolve))
  gates.get(visitor)?.()
  gates.delete(visitor)
}

function siteOf(handler: (req: Request, res: ServerResponse) => unknown): Express {
  const app = express().use(siteCache({ cache: freshCache() }))
  app.get('/', (req, res) => void handler(req, res))
  return app
}

/** The parts of a response's body as they come. */
async function parts(url: string, visitor: string) {
  const sent = ask(url, { headers: { cookie: `v=${visitor}` } }).end()
  const [response] = await once(sent, 'response')
  const all = response[Symbol.asyncIterator]()
  return {
    status: response.statusCode,
    next: async () => String((await all.next()).value ?? ''),
    async rest() {
      let text = ''
      for (;;) {
        const { value, done } = await all.next()
        if (done === true) return text
        text += String(value)
      }
    },
  }
}

describe('a page that is streamed', () => {
  it.each([1, 2, 3, 7, 20, 50, 1000])('is filled whatever its pieces of %i bytes hold', async (size) => {
    const app = siteOf((_req, res) => {
      const bytes = Buffer.from(`ä${page()}日本`)
      for (let at = 0; at < bytes.length; at += size) res.write(bytes.subarray(at, at + size))
      res.end()
    })
    for (const visitor of ['ada', 'bob'])
      expect((await as(app, visitor)).text).toBe(`ä${seenBy(visitor)}日本`)
    expect((await as(app, 'eve')).headers['cache-status']).toMatch(/hit/)
  })

  it('sends what stands in front of a hole at once, and the rest in order', async () => {
    const app = siteOf((_req, res) => {
      res.write(`front ${gated()} behind `)
      res.write(`${greeting()} `)
      res.end('end')
    })
    const url = await serve(app)
    const cold = await parts(url, 'ada')
    expect(await cold.next()).toBe('front ')
    await open('ada')
    expect(await cold.rest()).toBe('<gated ada> behind <b>ada</b> end')
    const warm = parts(url, 'bob')
    await open('bob')
    expect(await (await warm).rest()).toBe('front <gated bob> behind <b>bob</b> end')
  })

  it('keeps a buffer that its handler uses again as it was written', async () => {
    const app = siteOf((_req, res) => {
      const text = page()
      const buffer = Buffer.alloc(text.length)
      buffer.write(text)
      res.end(buffer, () => buffer.fill('x'))
    })
    await as(app, 'ada')
    expect((await as(app, 'bob')).text).toBe(seenBy('bob'))
  })

  it.each([
    ['of its own', []],
    ['behind compression', [compression({ threshold: 0 })]],
  ])('holds its source back while a hole is waited for, and lets it go on: %s', async (_, between) => {
    const size = 40
    let pulled = 0
    const app = express().use(updateCache({ cache: freshCache() }), ...between, fetchFromCache())
    app.get('/', (_req, res) => {
      const piece = Buffer.alloc(16_384, 'x')
      const first = gated()
      const source = new Readable({
        read() {
          pulled += 1
          if (pulled === 1) this.push(first)
          else this.push(pulled > size ? null : piece)
        },
      })
      source.pipe(res.type('html'))
    })
    const url = await serve(app)
    const coming = getRaw(url, '/', ['Accept-Encoding: gzip', 'Cookie: v=ada'])
    while (!gates.has('ada')) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(pulled).toBeLessThan(10)
    await open('ada')
    const response = await coming
    const coded = headerOf(response, 'content-encoding') === 'gzip'
    const body = coded ? gunzipSync(bodyOf(response)) : bodyOf(response)
    expect(coded).toBe(between.length > 0)
    expect(body.toString()).toBe(`<gated ada>${'x'.repeat(16_384 * (size - 1))}`)
  })

  it('is nobody’s when its client has gone before it was filled', async () => {
    const app = siteOf((_req, res) => res.end(`${gated()}`))
    const url = await serve(app)
    const sent = ask(url, { headers: { cookie: 'v=ada' } })
      .on('error', () => {})
      .end()
    while (!gates.has('ada')) await new Promise((resolve) => setImmediate(resolve))
    sent.destroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await open('ada')
    const second = parts(url, 'bob')
    await open('bob')
    expect(await (await second).rest()).toBe('<gated bob>')
  })

  it('looks as if it were sent once its handler has ended it', async () => {
    const shown: unknown[] = []
    const app = siteOf((_req, res) => {
      res.end(page())
      shown.push(res.headersSent, res.writableEnded)
      res.writeHead(500)
      res.write('more')
      res.end('once more')
    })
    expect((await as(app, 'ada')).text).toBe(seenBy('ada'))
    expect(shown).toEqual([true, true])
  })

  it('calls back when what was given is written', async () => {
    const called: string[] = []
    const app = siteOf((_req, res) => {
      res.write(cart(), () => called.push('write'))
      res.write('x', 'latin1', () => called.push('text'))
      res.end('y', () => called.push('end'))
    })
    expect((await as(app, 'ada')).text).toBe('[cart of ada]xy')
    await new Promise((resolve) => setImmediate(resolve))
    expect(called).toEqual(['write', 'text', 'end'])
  })
})
