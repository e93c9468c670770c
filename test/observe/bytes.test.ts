import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
} from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { withSiteCache } from '@sitecache/express'
import { metrics } from '@sitecache/metrics'
import { listen } from '@sitecache/test-support/applications'
import { atEnd } from '@sitecache/test-support/at-end'
import { freshCache } from '@sitecache/test-support/cache'
import { askRaw, exchangeRaw } from '@sitecache/test-support/raw'
import { hear } from './heard.js'

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

async function site(handler: Handler) {
  const cache = freshCache()
  const listener: RequestListener = withSiteCache(handler, { cache, policy: 'rfc9111' })
  const { url, close } = await listen(listener)
  atEnd(close)
  return { cache, url, listener, heard: hear(cache) }
}

/** A session over HTTP/2 with the same listener. */
async function overHttp2(listener: RequestListener): Promise<ClientHttp2Session> {
  const server = createHttp2Server(listener as never).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const session = connectHttp2(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  atEnd(() => {
    session.destroy()
    server.close()
  })
  return session
}

const stream: Handler = (_req, res) => {
  res.setHeader('Cache-Control', 'private')
  res.write('x'.repeat(1000))
  setImmediate(() => res.end('€'))
}

describe('the bytes of a response', () => {
  it('are none where no handler was asked, however much its connection has carried', async () => {
    const { url, heard } = await site((_req, res) => res.end('x'.repeat(5000)))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    atEnd(() => agent.destroy())
    for (const [path, control] of [
      ['/a', 'max-age=1'],
      ['/b', 'only-if-cached'],
    ])
      await new Promise((resolve, reject) => {
        get(`${url}${path}`, { agent, headers: { 'Cache-Control': control } }, (res) =>
          text(res).then(resolve, reject),
        )
      })
    expect((await heard.count(2)).map(({ result, bytes }) => [result, bytes])).toEqual([
      ['unstorable', 5000],
      ['unsatisfiable', 0],
    ])
  })

  it('are each its own of requests that were sent at once over one connection', async () => {
    const { url, heard } = await site(stream)
    const get = (path: string, last = '') => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${last}\r\n`
    await exchangeRaw(url, get('/a') + get('/b') + get('/c', 'Connection: close\r\n'))
    expect((await heard.count(3)).map(({ bytes }) => bytes)).toEqual([1003, 1003, 1003])
  })

  it('are counted over HTTP/2, where nothing names their length', async () => {
    const { listener, heard } = await site(stream)
    const session = await overHttp2(listener)
    const ask = (path: string, method: string) => text(session.request({ ':path': path, ':method': method }))
    await Promise.all([ask('/a', 'GET'), ask('/b', 'GET'), ask('/c', 'PROPFIND')])
    const events = await heard.count(3)
    expect(events.map(({ result, bytes }) => [result, bytes]).sort()).toEqual([
      ['bypass', 1003],
      ['unstorable', 1003],
      ['unstorable', 1003],
    ])
  })

  it('are those that were written, of one that its handler broke off', async () => {
    const { url, heard } = await site((_req, res) => {
      res.setHeader('Content-Length', 9999)
      res.write('abc')
      setImmediate(() => res.destroy())
    })
    await askRaw('GET', url, '/').catch(() => undefined)
    expect((await heard.count(1)).map(({ reason, bytes }) => [reason, bytes])).toEqual([['not-fresh', 3]])
  })

  it('are a number, whatever a handler says of their length', async () => {
    const { cache, url, heard } = await site((_req, res) => {
      res.setHeader('Content-Length', 'long')
      res.end('abc')
    })
    const counted = metrics({ caches: [cache] })
    atEnd(() => counted.close())
    await askRaw('GET', url, '/')
    expect((await heard.count(1)).map(({ bytes }) => bytes)).toEqual([3])
    expect(await counted.text()).toContain(
      'sitecache_response_bytes_total{cache="default",source="handler"} 3\n',
    )
  })
})

describe('a HEAD over HTTP/2', () => {
  it.each([
    ['hangs up', () => undefined],
    ['has its response destroyed', (_req: IncomingMessage, res: ServerResponse) => void res.destroy()],
  ])('that %s has an end', async (_, handler) => {
    const { cache, listener, heard } = await site(handler)
    const session = await overHttp2(listener)
    const asked = session.request({ ':path': '/', ':method': 'HEAD' })
    asked.on('error', () => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    asked.close()
    expect((await heard.count(1)).map(({ result, reason }) => [result, reason])).toEqual([
      ['unstorable', 'aborted'],
    ])
    expect(cache.meter.rendering).toBe(0)
  })
})
