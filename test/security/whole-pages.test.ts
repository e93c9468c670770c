import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { askRaw, bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome, twins } from '@sitecache/test-support/twins'
import express, { type RequestHandler } from 'express'
import fc from 'fast-check'
import serveStatic from 'serve-static'

const whole = 'the whole page'
const etag = '"v1"'
const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sitecache-'))
  await writeFile(join(directory, 'page.txt'), whole)
  await utimes(join(directory, 'page.txt'), new Date(modified), new Date(modified))
})

afterAll(() => rm(directory, { recursive: true }))

type Answer = (res: ServerResponse) => unknown

/** Responses that are about a page, and none. */
const parts: Readonly<Record<string, Answer>> = {
  'a 304': (res) => res.writeHead(304, { ETag: etag, 'Cache-Control': 'max-age=60' }).end(),
  'a 304 with a body that Node leaves out': (res) => {
    res.statusCode = 304
    res.setHeader('Cache-Control', 's-maxage=60')
    res.end('not sent')
  },
  'a 206': (res) =>
    res.writeHead(206, { 'Content-Range': 'bytes 0-2/14', 'Cache-Control': 'max-age=60' }).end('the'),
  'a 206 of all bytes': (res) =>
    res
      .writeHead(206, { 'Content-Range': `bytes 0-13/14`, 'Cache-Control': 'max-age=60', ETag: etag })
      .end(whole),
  'a 206 of several parts': (res) =>
    res
      .writeHead(206, { 'Content-Type': 'multipart/byteranges; boundary=b', 'Cache-Control': 'max-age=60' })
      .end('--b\r\nContent-Range: bytes 0-0/14\r\n\r\nt\r\n--b--'),
  'a 206 without Content-Range': (res) => res.writeHead(206, { 'Cache-Control': 'max-age=60' }).end('the'),
  'a 200 with Content-Range': (res) =>
    res.writeHead(200, { 'Content-Range': 'bytes 0-2/14', 'Cache-Control': 'max-age=60' }).end('the'),
  'a 416': (res) =>
    res.writeHead(416, { 'Content-Range': 'bytes */14', 'Cache-Control': 'max-age=60' }).end(),
}

const requests = [
  [],
  [`If-None-Match: ${etag}`],
  [`If-Modified-Since: ${modified}`],
  ['Range: bytes=0-2'],
  ['Range: bytes=0-2', `If-Range: ${etag}`],
]

describe.each(['django', 'rfc9111'] as const)('policy %s', (policy) => {
  it.each(Object.entries(parts))('never takes for a page: %s', async (_name, part) => {
    for (const lines of requests) {
      let asked = 0
      const site = siteCache({ cache: freshCache(), policy, statuses: [200, 206, 304] })
      const url = await serve((req, res) =>
        site(req, res, () => {
          asked += 1
          if (asked === 1) return part(res)
          return res.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(whole)
        }),
      )
      await getRaw(url, '/', lines)
      const victim = await getRaw(url, '/')
      expect([victim.status, bodyOf(victim).toString()]).toEqual([200, whole])
    }
  })

  it('never takes the answer to a HEAD for a page', async () => {
    const site = siteCache({ cache: freshCache(), policy })
    const url = await serve((req, res) =>
      site(req, res, () => {
        res.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': whole.length })
        res.end(req.method === 'HEAD' ? undefined : whole)
      }),
    )
    for (let i = 0; i < 2; i += 1) expect(outcome(await askRaw('HEAD', url, '/'))).toBe('passed')
    const get = await getRaw(url, '/')
    expect([outcome(get), bodyOf(get).toString()]).toEqual(['stored', whole])
    const head = await askRaw('HEAD', url, '/')
    expect([outcome(head), head.body.length, headerOf(head, 'content-length')]).toEqual(['hit', 0, '14'])
    expect(bodyOf(await getRaw(url, '/')).toString()).toBe(whole)
  })

  it('never takes for a page what a handler writes to a HEAD', async () => {
    const site = siteCache({ cache: freshCache(), policy })
    const url = await serve((req, res) =>
      site(req, res, () => {
        res.setHeader('Cache-Control', 'max-age=60')
        res.end(req.method === 'HEAD' ? 'what nobody sees' : whole)
      }),
    )
    await askRaw('HEAD', url, '/')
    expect(bodyOf(await getRaw(url, '/')).toString()).toBe(whole)
  })
})

describe('requests for a page and for its parts, in any order', () => {
  const nothing: Use = (_req, _res, next) => next()
  const conditions = fc.constantFrom(
    ...['If-None-Match: "v1"', 'If-None-Match: W/"v1"', 'If-None-Match: "v0", "v1"', 'If-None-Match: *'],
    ...[
      'If-None-Match: "v2"',
      `If-Modified-Since: ${modified}`,
      'If-Modified-Since: never',
      'Range: bytes=0-2',
    ],
    ...['Range: bytes=-3', 'Range: bytes=5-', 'Range: bytes=99-', 'Range: bytes=3-1', 'Range: lines=1-2'],
    ...['If-Range: "v1"', 'If-Range: "v2"', 'If-Range: W/"v1"', `If-Range: ${modified}`],
  )
  const asked = fc.tuple(fc.constantFrom('GET', 'GET', 'HEAD'), fc.uniqueArray(conditions, { maxLength: 2 }))

  const handlers: Readonly<Record<string, () => RequestHandler>> = {
    'serve-static': () =>
      serveStatic(directory, { etag: false, setHeaders: (res) => res.setHeader('ETag', etag) }),
    'res.send': () => (_req, res) => void res.set({ ETag: etag, 'Last-Modified': modified }).send(whole),
  }

  it.each(Object.entries(handlers))(
    'are answered as without a cache: %s',
    async (name, make) => {
      // Express answers ranges from files alone.
      const ranges = name === 'serve-static'
      await fc.assert(
        fc.asyncProperty(fc.array(asked, { minLength: 2, maxLength: 8 }), async (sequence) => {
          const layers = { first: updateCache({ cache: freshCache() }), last: fetchFromCache() }
          const ask = await twins(layers, ({ first = nothing, last = nothing }) =>
            express().use(first, last, make()),
          )
          for (const [method, lines] of sequence) {
            await ask('/page.txt', ranges ? lines : lines.filter((line) => !/range/i.test(line)), method)
          }
          const page = await ask('/page.txt')
          expect([page.status, bodyOf(page).toString()]).toEqual([200, whole])
        }),
        { numRuns: 60 },
      )
    },
    30_000,
  )
})
