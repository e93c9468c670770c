import { beforeAll, describe, expect, it } from '@jest/globals'
import { runProgram } from './support/child.js'

/** A site that is asked for one page after the other; Cookie and query must show nowhere. */
const program = `
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { createCaches, invalidateTags, siteCache } from '@sitecache/express'
import express from 'express'

const caches = createCaches({ default: { store: 'memory:' } })
const cache = caches.get('default')
const tags = (req) => [req.path]
const plain = siteCache({ cache, tags, policy: 'rfc9111', skip: (req) => req.path === '/skip' })
const revalidating = siteCache({ cache, tags, staleWhileRevalidate: 60 })
const rendering = []
const app = express().set('env', 'test')
app.use((req, res, next) => {
  // Behind the look-up of the second request, which then waits.
  if (rendering.length === 1) setImmediate(rendering[0])
  const layer = req.path === '/revalidated' ? revalidating : plain
  layer(req, res, next)
})
app.use((req, res) => {
  res.set('Cache-Control', req.path === '/no-store' ? 'no-store' : 'max-age=60')
  if (req.headers['if-none-match'] === '"1"') return void res.status(304).end()
  if (req.path === '/validated') res.set('ETag', '"1"')
  if (req.path === '/slow') rendering.push(() => res.end('page'))
  else res.end('page')
  if (req.path === '/slow') begun()
})
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')

async function ask(path, { method = 'GET', ...headers } = {}) {
  const { port } = server.address()
  const request = get({ port, host: '127.0.0.1', path, method, agent: false, headers: { cookie: 'a=secret', ...headers } })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  await caches.idle()
}

await ask('/a?q=secret')
await ask('/a?q=secret')
await ask('/no-store')
await ask('/skip')
await ask('/a', { method: 'POST' })
await ask('/only', { 'cache-control': 'only-if-cached' })
await ask('/validated')
await invalidateTags('/validated', { cache, soft: true })
await ask('/validated')
await ask('/revalidated')
await invalidateTags('/revalidated', { cache, soft: true })
await ask('/revalidated')
await caches.idle()
let begun
const isBegun = new Promise((resolve) => {
  begun = resolve
})
const first = ask('/slow')
await isBegun
await Promise.all([first, ask('/slow')])
await caches.idle()
process.exit()
`

async function linesOf(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { stderr } = await runProgram(program, env)
  return stderr.split('\n').filter((line) => line !== '')
}

describe('NODE_DEBUG=sitecache', () => {
  let lines: string[] = []
  beforeAll(async () => {
    lines = (await linesOf({ NODE_DEBUG: 'sitecache' })).map((line) =>
      line.replace(/^SITECACHE \d+: /, '').replace(/record=[0-9a-f]{6} /, ''),
    )
  })

  it.each([
    ['a miss', 'GET /a found=nothing decision=miss → miss ttl=60'],
    ['a hit', 'GET /a found=fresh decision=serve → hit ttl=60'],
    ['a response that is not stored', 'GET /no-store found=nothing decision=miss → unstorable no-store'],
    ['a request that skip() names', 'GET /skip → bypass skip'],
    ['an unsafe request', 'POST /a → bypass method'],
    ['only-if-cached', 'GET /only found=nothing decision=unsatisfiable → unsatisfiable only-if-cached'],
    ['a page that is validated', 'GET /validated found=stale decision=validate → revalidated ttl=60'],
    [
      'a stale page',
      'GET /revalidated found=stale decision=serve-stale → stale stale-while-revalidate ttl=60',
    ],
    ['a refresh behind it', 'GET /revalidated by=refresh found=stale decision=miss → miss ttl=60'],
    ['a request that waited', 'GET /slow found=nothing decision=miss → collapsed ttl=60'],
  ])('tells of %s', (_name, line) => {
    expect(lines.map((one) => one.replace(/ttl=\d+/, 'ttl=60'))).toContain(line)
  })

  it('writes a line for each request and layer, and nothing of a visitor', () => {
    expect(lines).toHaveLength(13)
    expect(lines.every((line) => / → /.test(line))).toBe(true)
    expect(lines.join('\n')).not.toMatch(/secret|cookie/i)
  })
})

describe('without it', () => {
  it.each(['', 'http-not-sitecache'])('nothing is written: %j', async (value) => {
    expect(await linesOf({ NODE_DEBUG: value })).toEqual([])
  })
})
