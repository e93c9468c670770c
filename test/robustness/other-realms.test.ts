import type { RequestListener, ServerResponse } from 'node:http'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import {
  cachePage,
  conditionalGet,
  fetchFromCache,
  hole,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'

/** Bytes of another realm, such as those that a bundle which runs in a context of `node:vm` writes. */
function foreign(text: string): Uint8Array {
  return runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(text)] }) as Uint8Array
}

const greeting = hole('greeting', () => 'Ann')
const text = '<p>a page of another realm</p>'

const writes: Readonly<Record<string, (res: ServerResponse) => void>> = {
  'in one piece': (res) => res.end(foreign(text)),
  'in two pieces': (res) => {
    res.write(foreign(text.slice(0, 5)))
    res.end(foreign(text.slice(5)))
  },
}

type Handler = (res: ServerResponse) => void

const ways: Readonly<Record<string, (handler: Handler) => RequestListener>> = {
  'siteCache()': (handler) =>
    express()
      .use(siteCache({ cache: freshCache() }))
      .get('/', (_req, res) => handler(res)) as RequestListener,
  'updateCache() and fetchFromCache()': (handler) =>
    express()
      .use(updateCache({ cache: freshCache() }), fetchFromCache())
      .get('/', (_req, res) => handler(res)) as RequestListener,
  'cachePage()': (handler) =>
    express().get('/', cachePage(60, { cache: freshCache() }), (_req, res) =>
      handler(res),
    ) as RequestListener,
  'withSiteCache()': (handler) => withSiteCache((_req, res) => handler(res), { cache: freshCache() }),
}

describe.each(Object.entries(writes))('a body of another realm, %s', (_pieces, write) => {
  it.each(Object.entries(ways))('is kept whole by %s', async (_way, build) => {
    const url = await serve(build(write))
    expect((await ask(url)).body).toBe(text)
    const { body, cacheStatus } = await ask(url)
    expect([body, cacheStatus]).toEqual([text, expect.stringContaining('hit')])
  })

  it('is sent whole where the cache holds the head back to answer conditions', async () => {
    const app = express().use(siteCache({ cache: freshCache(), policy: 'rfc9111' }))
    app.get('/', (_req, res) => write(res.set({ ETag: '"2"', 'Cache-Control': 'max-age=60' })))
    const url = await serve(app as RequestListener)
    expect((await ask(url, { 'If-None-Match': '"1"' })).body).toBe(text)
    expect((await ask(url)).body).toBe(text)
  })

  it('has its holes filled', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/', (_req, res) => res.end(foreign(`<p>Hello, ${greeting}</p>`)))
    const url = await serve(app as RequestListener)
    const bodies = [(await ask(url)).body, (await ask(url)).body]
    expect(bodies).toEqual(Array(2).fill('<p>Hello, Ann</p>'))
  })
})

it('a body of another realm has an entity tag by conditionalGet()', async () => {
  const app = express().use(conditionalGet())
  app.get('/', (_req, res) => res.end(foreign(text)))
  const { headers } = await fetch(await serve(app as RequestListener))
  expect([headers.get('etag'), headers.get('content-length')]).toEqual([
    expect.stringMatching(/^(?:W\/)?"/),
    String(text.length),
  ])
})
