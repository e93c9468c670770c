import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, updateCache } from '@sitecache/express'
import { type Framework, frameworks, type Handle, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import methodOverride from 'method-override'

/** All that a handler can know of what it was asked. */
const echo: Handle = (req, res) => {
  const { method, url, originalUrl, baseUrl } = req as IncomingMessage & Record<string, unknown>
  res.end(`${method} ${originalUrl} ${baseUrl} ${url}`)
}

/** What applications are found to do with a URL or a method on the way. */
const rewrites: Readonly<Record<string, Use>> = {
  'X-Original-URL': (req, _res, next) => {
    req.url = String(req.headers['x-original-url'] ?? req.url)
    next()
  },
  'X-Rewrite-URL, which also hides the original': (req, _res, next) => {
    req.url = String(req.headers['x-rewrite-url'] ?? req.url)
    Object.assign(req, { originalUrl: req.url })
    next()
  },
  'a prefix that is taken off for some': (req, _res, next) => {
    if (req.headers['x-original-url'] !== undefined) req.url = req.url?.replace(/^\/m(?=\/)/, '')
    next()
  },
  'X-HTTP-Method-Override, by hand': (req, _res, next) => {
    req.method = String(req.headers['x-http-method-override'] ?? req.method)
    next()
  },
  'X-HTTP-Method-Override, by method-override': methodOverride('X-HTTP-Method-Override', {
    methods: ['GET', 'POST'],
  }) as Use,
}

const paths = ['/page/a', '/page/b', '/m/page/a', '/m/page/b', '/page/m/page/a', '/page']
const heads = [
  [],
  ['X-Original-URL: /page/a'],
  ['X-Original-URL: /page/b'],
  ['X-Original-URL: /m/page/a', 'X-Rewrite-URL: /page/b'],
  ['X-Rewrite-URL: /page/a'],
  ['X-HTTP-Method-Override: POST'],
  ['X-HTTP-Method-Override: DELETE'],
]

async function askAll(ask: Ask): Promise<number> {
  let hits = 0
  for (let round = 0; round < 2; round += 1) {
    for (const path of paths) {
      for (const lines of heads) if (outcome(await ask(path, lines)) === 'hit') hits += 1
    }
  }
  return hits
}

describe.each(frameworks.map((framework) => [framework.name, framework] as const))('%s', (_, framework) => {
  it.each(Object.entries(rewrites))(
    'never takes for one what was made of two by %s',
    async (_name, rewrite) => {
      const ask = await site(framework, rewrite)
      expect(await askAll(ask)).toBeGreaterThan(10)
    },
  )
})

function site(framework: Framework, rewrite: Use): Promise<Ask> {
  const layers = { first: updateCache({ cache: freshCache() }), last: fetchFromCache() }
  return twins(layers, ({ first, last }) => framework.build([first, rewrite, last], echo))
}
