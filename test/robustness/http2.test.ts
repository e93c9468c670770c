import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
} from 'node:http2'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, invalidatePage, type SiteOptions, withSiteCache } from '@sitecache/express'
import { atEnd } from '@sitecache/test-support/at-end'
import { passSeconds } from '@sitecache/test-support/clock'
import connect from 'connect'
import { generate } from 'selfsigned'

let certificate: { readonly cert: string; readonly key: string }

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
  })
  certificate = { cert, key }
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Site {
  readonly cache: Cache
  readonly port: number
  readonly errors: unknown[]
  readonly renders: () => number
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

function application(count: () => number): connect.Server {
  const app = connect()
  app.use('/stream', (_req, res) => {
    res.setHeader('Content-Type', 'text/plain')
    res.write('one ')
    setImmediate(() => res.end(`two ${count()}`))
  })
  app.use('/copied', (req, res) => res.end(`${{ ...req.headers }['x-who']} ${count()}`))
  app.use('/trailers', (_req, res) => {
    res.setHeader('Trailer', 'Server-Timing')
    res.addTrailers({ 'Server-Timing': `db;dur=${count()}` })
    res.end('page')
  })
  app.use((req, res) => {
    const host = req.headers[':authority'] ?? req.headers.host
    res.setHeader('Content-Type', 'text/plain')
    res.setHeader('ETag', `"${count()}"`)
    res.end(`page of ${String(host)}`)
  })
  return app
}

async function site(secure: boolean, options: SiteOptions = {}): Promise<Site> {
  const cache = createCaches({ default: { store: 'memory:' } }).get('default')
  const errors: unknown[] = []
  cache.on('error', ({ error }) => errors.push(error))
  let renders = 0
  const app = withSiteCache(
    application(() => ++renders),
    { cache, ...options },
  )
  const server: Http2Server | Http2SecureServer = secure
    ? createSecureServer({ allowHTTP1: true, ...certificate }, app)
    : createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const scheme = secure ? 'https' : 'http'
  const session = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false })
  atEnd(() => {
    session.destroy()
    server.close()
  })
  return { cache, port, errors, renders: () => renders, ask: (path, headers) => ask(session, path, headers) }
}

async function ask(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const stream = session.request({ ':path': path, ':authority': 'a.example', ...headers })
  const answered = once(stream, 'response')
  const body = await text(stream)
  const [received] = (await answered) as [IncomingHttpHeaders & { ':status'?: number }]
  return { status: Number(received[':status']), headers: received, body }
}

describe.each([
  ['with TLS', true],
  ['in clear', false],
])('HTTP/2 %s', (_, secure) => {
  it('has its pages stored and served, to each host its own', async () => {
    const { ask, renders, errors } = await site(secure)
    const first = await ask('/')
    expect([first.status, first.body]).toEqual([200, 'page of a.example'])
    const second = await ask('/')
    expect([second.body, String(second.headers['cache-status'])]).toEqual([
      'page of a.example',
      expect.stringMatching(/^sitecache; hit/),
    ])
    expect((await ask('/', { ':authority': 'b.example' })).body).toBe('page of b.example')
    expect([renders(), errors]).toEqual([2, []])
  })

  it('has a page stored whose handler copied all headers', async () => {
    const { ask, errors } = await site(secure)
    const bodies = []
    for (const who of ['a', 'b', 'a', 'b'])
      bodies.push((await ask('/copied', { 'x-who': who, 'x-put': '1' })).body)
    expect(bodies).toEqual(['a 1', 'b 2', 'a 1', 'b 2'])
    expect(errors).toEqual([])
  })

  it('has conditions and ranges answered from the stored page', async () => {
    const { ask, renders, errors } = await site(secure)
    await ask('/')
    expect((await ask('/', { 'if-none-match': '"1"' })).status).toBe(304)
    const part = await ask('/', { range: 'bytes=0-3' })
    expect([part.status, part.body]).toEqual([206, 'page'])
    expect([renders(), errors]).toEqual([1, []])
  })

  it('has streams stored whole, and responses with trailers not at all', async () => {
    const { ask, errors } = await site(secure)
    expect([(await ask('/stream')).body, (await ask('/stream')).body]).toEqual(['one two 1', 'one two 1'])
    await ask('/trailers')
    expect(String((await ask('/trailers')).headers['cache-status'])).not.toMatch(/hit/)
    expect(errors).toEqual([])
  })

  it('has a stale page refreshed behind its visitor, under the same key', async () => {
    const { ask, cache, renders, errors } = await site(secure, { timeout: 10, staleWhileRevalidate: 60 })
    await ask('/')
    passSeconds(11)
    expect(String((await ask('/')).headers['cache-status'])).toMatch(/hit/)
    await cache.idle()
    const { headers, body } = await ask('/')
    expect([headers.etag, body, renders(), errors]).toEqual(['"2"', 'page of a.example', 2, []])
  })

  it('has a stale page validated', async () => {
    const { ask, errors } = await site(secure, { policy: 'rfc9111', timeout: 10 })
    await ask('/')
    passSeconds(11)
    expect([(await ask('/')).status, errors]).toEqual([200, []])
  })

  it('has its pages purged', async () => {
    const { ask, cache, renders } = await site(secure)
    await ask('/')
    const url = `${secure ? 'https' : 'http'}://a.example/`
    expect(await invalidatePage(url, { cache })).toBe(true)
    await ask('/')
    expect(renders()).toBe(2)
  })
})

describe('a server of both', () => {
  it('has one page for both', async () => {
    const { ask, port, renders } = await site(true)
    await ask('/')
    const body = await new Promise<string>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/', headers: { Host: 'a.example' }, agent: false }
      requestHttps({ ...options, rejectUnauthorized: false }, (res) => text(res).then(resolve, reject))
        .on('error', reject)
        .end()
    })
    expect([body, renders()]).toEqual(['page of a.example', 1])
  })

  it('warns of nothing that HTTP/2 has no words for', async () => {
    const warnings: string[] = []
    const listen = ({ name, code = '' }: Error & { code?: string }): void => void warnings.push(code || name)
    process.on('warning', listen)
    const { ask } = await site(true, { staleWhileRevalidate: 60, timeout: 10 })
    await ask('/')
    await ask('/')
    await new Promise(setImmediate)
    process.off('warning', listen)
    expect(warnings.filter((name) => /Unsupported|HTTP2/i.test(name))).toEqual([])
  })
})
