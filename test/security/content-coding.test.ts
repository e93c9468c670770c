import type { RequestListener } from 'node:http'
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw, headerOf, type RawResponse } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import compression from 'compression'
import express, { type Express, type RequestHandler } from 'express'
import fc from 'fast-check'

const text = `<p>${'The same page. '.repeat(40)}</p>`

/** Request lines, and the codings that their sender can read whichever way they are understood. */
const clients: readonly (readonly [lines: readonly string[], reads: readonly string[]])[] = [
  [[], ['gzip', 'br', 'deflate', 'lz4']],
  [['Accept-Encoding: '], []],
  [['Accept-Encoding: identity'], []],
  [['Accept-Encoding: sdch'], []],
  [['Accept-Encoding: gzip'], ['gzip']],
  [['accept-encoding:GZIP'], ['gzip']],
  [['Accept-Encoding: x-gzip'], ['gzip']],
  [['Accept-Encoding: br'], ['br']],
  [['Accept-Encoding: gzip, deflate, br'], ['gzip', 'deflate', 'br']],
  [
    ['Accept-Encoding: gzip', 'Accept-Encoding: br'],
    ['gzip', 'br'],
  ],
  [['Accept-Encoding: br;q=1.0, gzip;q=0.8, *;q=0.1'], ['gzip', 'br', 'deflate', 'lz4']],
  [['Accept-Encoding: *'], ['gzip', 'br', 'deflate', 'lz4']],
  [['Accept-Encoding: *, gzip;q=0'], ['br', 'deflate', 'lz4']],
  [['Accept-Encoding: *;q=0'], []],
  [['Accept-Encoding: identity;q=0, gzip'], ['gzip']],
  [['Accept-Encoding: identity;q=0'], []],
  [['Accept-Encoding: gzip;q=0'], []],
  [['Accept-Encoding: br, gzip;q=0.000'], ['br']],
  [['Accept-Encoding: gzip;q=0.0000'], []],
  [['Accept-Encoding: gzip;Q=0'], []],
  [['Accept-Encoding: gzip \t;\tq=0'], []],
  [['Accept-Encoding: gzip, gzip;q=0'], []],
  [['Accept-Encoding: gzip;q=0, gzip'], []],
  [['Accept-Encoding: br;q=0, gzip'], ['gzip']],
  [['Accept-Encoding: gzip, lz4'], ['gzip', 'lz4']],
  [['Accept-Encoding: gzip;q=0.1, br;q=0.1, lz4;q=0'], ['gzip', 'br']],
]

const encoders = {
  br: brotliCompressSync,
  gzip: gzipSync,
  deflate: deflateSync,
  lz4: (bytes: Buffer) => bytes,
}
const decoders = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
  lz4: (bytes: Buffer) => bytes,
}

const isCoding = (name: string): name is keyof typeof encoders => Object.hasOwn(encoders, name)

function decoded(response: RawResponse): string {
  const coding = headerOf(response, 'content-encoding')
  const body = bodyOf(response)
  return (coding === undefined || !isCoding(coding) ? body : decoders[coding](body)).toString()
}

const plain: RequestHandler = (_req, res) => {
  res.type('html').send(text)
}

/** As handlers are found that were written from an example: it looks for the name and at no weight. */
const encodesByName: RequestHandler = (req, res) => {
  const wanted = String(req.headers['accept-encoding'] ?? '')
  const coding = (['lz4', 'br', 'gzip'] as const).find((name) =>
    new RegExp(`\\b${name}\\b`, 'i').test(wanted),
  )
  if (coding === undefined) return void res.end(text)
  res.setHeader('Content-Encoding', coding)
  res.end(encoders[coding](Buffer.from(text)))
}

const always: RequestHandler = (_req, res) => {
  res.setHeader('Content-Encoding', 'gzip')
  res.end(gzipSync(text))
}

const says: RequestHandler = (req, res, next) => {
  res.vary('Accept-Encoding')
  return encodesByName(req, res, next)
}

const compress = (): RequestHandler => compression({ threshold: 0 })
const cached = () => ({ cache: freshCache() })

interface Layers {
  readonly site: RequestHandler
  readonly first: RequestHandler
  readonly last: RequestHandler
  front(app: Express): RequestListener
}

const nothing: RequestHandler = (_req, _res, next) => next()
const without: Layers = { site: nothing, first: nothing, last: nothing, front: (app) => app }
const layers = (): Layers => ({
  site: siteCache(cached()),
  first: updateCache(cached()),
  last: fetchFromCache(),
  front: (app) => withSiteCache(app, cached()),
})

const applications: Readonly<Record<string, (layers: Layers) => RequestListener>> = {
  'compression outside': ({ site }) => express().use(compress(), site).use(plain),
  'compression between': ({ first, last }) => express().use(first, compress(), last).use(plain),
  'compression inside': ({ site }) => express().use(site, compress()).use(plain),
  'compression behind the server’s cache': ({ front }) => front(express().use(compress()).use(plain)),
  'compression twice': ({ site }) => express().use(compress(), site, compress()).use(plain),
  'a handler that encodes by name': ({ site }) => express().use(site).use(encodesByName),
  'a handler that encodes by name, and says Vary': ({ site }) => express().use(site).use(says),
  'a handler that always encodes': ({ site }) => express().use(site).use(always),
  'a handler that always encodes, inside compression': ({ site }) =>
    express().use(compress(), site).use(always),
}

describe.each(Object.entries(applications))('%s', (_name, build) => {
  it('gives no visitor a stored page that they can’t read, and every one the same text', async () => {
    const sequences = fc.array(fc.constantFrom(...clients), { minLength: 2, maxLength: 12 })
    const plainUrl = await serve(build(without))
    let hits = 0
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const url = await serve(build(layers()))
        for (const [lines, reads] of sequence) {
          const response = await getRaw(url, '/', lines)
          expect(decoded(response)).toBe(text)
          if (!/; hit/.test(headerOf(response, 'cache-status') ?? '')) continue
          hits += 1
          // What compression outside gives this very client, it gives without a cache too.
          const own = headerOf(await getRaw(plainUrl, '/', lines), 'content-encoding')
          expect([...reads, undefined, own]).toContain(headerOf(response, 'content-encoding'))
        }
      }),
      { numRuns: 30 },
    )
    expect(hits).toBeGreaterThan(0)
  }, 30_000)
})

describe('clients that read the same', () => {
  it('share a page', async () => {
    let renders = 0
    const app = express().use(updateCache(cached()), compress(), fetchFromCache())
    app.use((_req, res) => {
      renders += 1
      res.type('html').send(text)
    })
    const url = await serve(app)
    const same = [
      'gzip, deflate, br',
      'br, gzip, deflate',
      'gzip,deflate,br, exi',
      ' br ;q=1, gzip, deflate;q=1.000',
    ]
    for (const value of same) await getRaw(url, '/', [`Accept-Encoding: ${value}`])
    expect(renders).toBe(1)
  })

  it('are told what the page varies by, on a hit too', async () => {
    const url = await serve(express().use(updateCache(cached()), compress(), fetchFromCache()).use(plain))
    await getRaw(url, '/', ['Accept-Encoding: gzip'])
    const hit = await getRaw(url, '/', ['Accept-Encoding: gzip'])
    expect(headerOf(hit, 'cache-status')).toMatch(/hit/)
    expect([headerOf(hit, 'content-encoding'), headerOf(hit, 'vary')]).toEqual(['gzip', 'Accept-Encoding'])
  })
})
