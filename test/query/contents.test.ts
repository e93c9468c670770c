import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { frameworks } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { ask, contentMethods, Line, readAll, wire } from './asking.js'
import { chunked, contentSite, deliver, deliveries, patterned, type Read, readers } from './deliveries.js'

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, { build }) => {
  describe.each(contentMethods)('%s', (method) => {
    it.each(Object.entries(readers))(
      'gives the handler all of a content, in order: %s',
      async (_name, read) => {
        for (const [name, delivery] of Object.entries(deliveries)) {
          const { url, asked } = await contentSite(build, read)
          expect([name, await deliver(url, method, delivery)]).toEqual([
            name,
            expect.stringMatching(/the 1th time/),
          ])
          expect(asked).toEqual([delivery[0]])
          expect(await deliver(url, method, delivery)).toMatch(/; hit[\s\S]*the 1th time/)
        }
      },
    )
  })
})

const [{ build } = { build: undefined }] = frameworks
if (build === undefined) throw new Error('no framework')

describe.each(contentMethods)('%s', (method) => {
  const long = patterned(3000)

  describe('a content that is too long', () => {
    it.each([
      ['says so', [long, [long]]],
      ['comes in chunks', [long, [chunked([long])], 'Transfer-Encoding: chunked']],
      [
        'comes in small chunks',
        [
          long,
          Array.from({ length: 30 }, (_, i) => `64\r\n${long.slice(i * 100, i * 100 + 100)}\r\n`).concat(
            '0\r\n\r\n',
          ),
          'Transfer-Encoding: chunked',
        ],
      ],
    ] as const)('passes the cache by, and the handler has all of it: %s', async (_name, delivery) => {
      for (const [name, read] of Object.entries(readers)) {
        const { url, asked } = await contentSite(build, read, { maxRequestBodyBytes: 1000 })
        for (let i = 0; i < 2; i += 1) {
          expect([name, await deliver(url, method, delivery)]).toEqual([
            name,
            expect.stringMatching(/sitecache; fwd=bypass; detail=body-too-large/),
          ])
        }
        expect(asked).toEqual([long, long])
      }
    })

    it('is one byte over the bound, and not at it', async () => {
      const { url } = await contentSite(build, readAll, { maxRequestBodyBytes: 10 })
      for (const line of ['Content-Length', 'chunks']) {
        const send = (length: number): Promise<string> => {
          const content = 'x'.repeat(length)
          return line === 'chunks'
            ? deliver(url, method, [content, [chunked([content])], 'Transfer-Encoding: chunked'])
            : deliver(url, method, [content, [content]])
        }
        expect(await send(10)).toMatch(/stored|; hit/)
        expect(await send(11)).toMatch(/body-too-large/)
      }
    })

    it('holds no more than the bound while its handler doesn’t read', async () => {
      let held = 0
      const read: Read = async (req) => {
        await pass(50)
        held = req.readableLength
        return readAll(req)
      }
      const { url, asked } = await contentSite(build, read, { maxRequestBodyBytes: 100_000 })
      const megabytes = 'x'.repeat(8_000_000)
      await deliver(url, method, [megabytes, [chunked([megabytes])], 'Transfer-Encoding: chunked'])
      expect(asked[0]?.length).toBe(8_000_000)
      // What Node had read of the socket beside.
      expect(held).toBeLessThan(100_000 + 4 * 65_536)
    })
  })

  it.each([
    ['a page', '5\r\nhello\r\n0\r\n\r\n', {}],
    ['a content that is too long', '5\r\nhello\r\n0\r\n\r\n', { maxRequestBodyBytes: 2 }],
    ['one that is too long and has not come', '5\r\nhello\r\n', { maxRequestBodyBytes: 2 }],
    ['one that is more than a stream holds', chunked([patterned(1_000_000)]), { maxRequestBodyBytes: 2 }],
  ])(
    'leaves the connection to the next request, though the handler read nothing: %s',
    async (_name, content, options) => {
      const { url } = await contentSite(build, async () => '', options)
      const line = await Line.open(url)
      for (let i = 1; i <= 3; i += 1) {
        line.write(wire(method, '/page', content, ['Transfer-Encoding: chunked']))
        await line.until(new RegExp(String.raw`(HTTP/1\.1 200[\s\S]*){${i}}time`))
        if (!content.endsWith('0\r\n\r\n')) line.write('0\r\n\r\n')
      }
      line.write(wire('GET', '/page', '', ['X-Last: 1']))
      await line.until(/(HTTP\/1.1 200[\s\S]*){4}time/)
      line.socket.destroy()
    },
  )

  it('keeps requests apart that come in one packet', async () => {
    const { url, asked } = await contentSite(build, readAll)
    const line = await Line.open(url)
    const contents = ['a', 'bb', '', 'a', 'ccc', 'bb']
    line.write(contents.map((content) => wire(method, '/page', content)).join(''))
    const got = await line.until(/(HTTP\/1.1 200[\s\S]*){6}time/)
    expect(got.match(/\d bytes/g)).toEqual(contents.map((content) => `${content.length} bytes`))
    expect(got.match(/; hit/g)).toHaveLength(2)
    expect([...asked].sort()).toEqual(['', 'a', 'bb', 'ccc'])
    line.socket.destroy()
  })

  it('passes a content by that doesn’t come in time, and the handler has all of it', async () => {
    const { url, asked } = await contentSite(build, readAll, { requestBodyTimeout: 0.03 })
    const line = await Line.open(url)
    line.write(wire(method, '/page', 'sel', ['Content-Length: 8']))
    await pass(80)
    line.write('ect a')
    expect(await line.until(/time/)).toMatch(/sitecache; fwd=bypass; detail=body-late/)
    expect(asked).toEqual(['select a'])
    line.socket.destroy()
  })

  it('holds nobody up for a visitor who stops half way, and lets go of what it held once they hang up', async () => {
    const { url, asked } = await contentSite(build, readAll)
    const stopped = await Promise.all(Array.from({ length: 5 }, () => Line.open(url)))
    for (const line of stopped) line.write(wire(method, '/page', 'select', ['Content-Length: 8']))
    await pass(10)
    expect((await ask(url, method, '/page', 'select a')).cache).toMatch(/stored/)
    for (const line of stopped) line.socket.destroy()
    await pass(20)
    expect((await ask(url, method, '/page', 'select a')).cache).toMatch(/; hit/)
    expect(asked).toEqual(['select a'])
  })

  it('runs no handler, and keeps no page, for a content that was cut off', async () => {
    const faults: unknown[] = []
    const note = (error: unknown): void => void faults.push(error)
    process.on('unhandledRejection', note).on('uncaughtException', note)
    const { url, asked } = await contentSite(build, readAll)
    for (const [framing, part] of [
      ['Content-Length: 8', 'select'],
      ['Transfer-Encoding: chunked', '6\r\nselect\r\n'],
      ['Transfer-Encoding: chunked', '6\r\nselect\r\nnonsense'],
    ] as const) {
      const line = await Line.open(url)
      line.write(wire(method, '/page', part, [framing]))
      await pass(5)
      line.socket.end()
      await pass(20)
      line.socket.destroy()
    }
    await pass(20)
    expect([asked, faults]).toEqual([[], []])
    process.off('unhandledRejection', note).off('uncaughtException', note)
  })

  it('lets Node ask for a content that its client offers (Expect: 100-continue)', async () => {
    const { url, asked } = await contentSite(build, readAll)
    for (const outcome of [/uri-miss; stored/, /; hit/]) {
      const line = await Line.open(url)
      line.write(wire(method, '/page', '', ['Content-Length: 8', 'Expect: 100-continue']))
      await line.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
      line.write('select a')
      expect(await line.until(/time/)).toMatch(outcome)
      line.socket.destroy()
    }
    expect(asked).toEqual(['select a'])
  })

  it('keeps out where the application itself asks for the content', async () => {
    const app = express().use(siteCache({ cache: freshCache(), methods: [method] }))
    app.all('/page', async (req, res) => {
      res.writeContinue()
      res.end(`${await readAll(req)} in time`)
    })
    const { createServer } = await import('node:http')
    const server = createServer(app).on('checkContinue', app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const line = await Line.open(`http://127.0.0.1:${port}`)
    line.write(wire(method, '/page', '', ['Content-Length: 8', 'Expect: 100-continue']))
    await line.until(/100 Continue/)
    line.write('select a')
    expect(await line.until(/in time/)).toMatch(/sitecache; fwd=bypass; detail=expect[\s\S]*select a in time/)
    line.socket.destroy()
    server.close()
  })

  it('keeps no page for a content with trailers, which a handler may read', async () => {
    const { url, asked } = await contentSite(
      build,
      async (req) => `${await readAll(req)} ${req.trailers['x-t']}`,
    )
    for (const value of ['1', '2']) {
      const trailing = `8\r\nselect a\r\n0\r\nX-T: ${value}\r\n\r\n`
      const { cache } = await ask(url, method, '/page', trailing, [
        'Transfer-Encoding: chunked',
        'Trailer: X-T',
      ])
      expect(cache).toBe('sitecache; fwd=bypass; detail=trailers')
    }
    expect(asked).toEqual(['select a 1', 'select a 2'])
  })

  it('keys an encoded content by its bytes, and hands it on encoded', async () => {
    const { url, asked } = await contentSite(build, readAll)
    const lines = ['Content-Encoding: gzip']
    await ask(url, method, '/page', '\x1f\x8b\x08', lines)
    expect((await ask(url, method, '/page', '\x1f\x8b\x08', lines)).cache).toMatch(/; hit/)
    expect((await ask(url, method, '/page', '\x1f\x8b\x08')).cache).toMatch(/stored/)
    expect(asked).toEqual(['\x1f\x8b\x08', '\x1f\x8b\x08'])
  })

  it('runs the handler in the context that its middlewares made', async () => {
    const visitors = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const app = express()
    app.use((req, _res, next) => visitors.run(String(req.headers['x-visitor']), next))
    app.use(siteCache({ cache: freshCache(), methods: [method] }))
    app.all('/page', (_req, res) => {
      seen.push(visitors.getStore())
      res.end('x')
    })
    const url = await serve(app)
    await Promise.all(
      ['1', '2', '3'].map((visitor) => ask(url, method, '/page', visitor, [`X-Visitor: ${visitor}`])),
    )
    expect(seen.sort()).toEqual(['1', '2', '3'])
  })
})
