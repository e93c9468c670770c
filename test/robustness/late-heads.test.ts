import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer, type IncomingHttpHeaders } from 'node:http2'
import { describe, expect, it } from '@jest/globals'
import { conditionalGet, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import connect from 'connect'
import express, { type RequestHandler } from 'express'
import onHeaders from 'on-headers'

/** What a handler may do to a head that it has written already. */
const late: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  setHeader: (res) => res.setHeader('X-Late', '1'),
  setHeaders: (res) => res.setHeaders(new Map([['X-Late', '1']])),
  appendHeader: (res) => res.appendHeader('X-Late', '1'),
  removeHeader: (res) => res.removeHeader('X-Kept'),
  writeHead: (res) => res.writeHead(418, { 'X-Late': '1' }),
  statusCode: (res) => Object.assign(res, { statusCode: 418 }).statusCode,
  statusMessage: (res) => Object.assign(res, { statusMessage: 'Late' }).statusMessage,
}

/** Ways in which a head goes out. */
const sending: Readonly<Record<string, (res: ServerResponse, status: number) => unknown>> = {
  writeHead: (res, status) => res.writeHead(status, { 'X-Kept': '1' }),
  flushHeaders: (res, status) => {
    res.statusCode = status
    res.flushHeaders()
  },
  write: (res, status) => {
    res.statusCode = status
    res.write('pa')
  },
}

/** Does all that comes too late, and answers what became of each. */
function changeLate(res: ServerResponse): unknown {
  return Object.entries(late).map(([name, change]) => {
    try {
      const result = change(res)
      return [name, res.headersSent, typeof result === 'object' ? 'done' : result]
    } catch (error) {
      return [name, res.headersSent, Object(error).code, Object(error).message]
    }
  })
}

interface Held {
  readonly layers: () => readonly RequestHandler[]
  /** Before the request whose response is held. */
  readonly asked?: boolean
  readonly lines?: readonly string[]
  readonly status?: number
  readonly answer: number
}

const rfc9111 = { policy: 'rfc9111' } as const
const held: Readonly<Record<string, Held>> = {
  'for a client that has the page': {
    layers: () => [siteCache({ cache: freshCache() })],
    lines: ['If-None-Match: "1"'],
    answer: 304,
  },
  'of halves, for a client that has the page': {
    layers: () => [updateCache({ cache: freshCache() }), fetchFromCache()],
    lines: ['If-None-Match: "1"'],
    answer: 304,
  },
  'for its ETag': { layers: () => [conditionalGet(), siteCache({ cache: freshCache() })], answer: 200 },
  'that confirms the stored page': {
    layers: () => [siteCache({ cache: freshCache(), ...rfc9111 })],
    asked: true,
    status: 304,
    answer: 200,
  },
  'of an error, which the stored page replaces': {
    layers: () => [siteCache({ cache: freshCache(), ...rfc9111, staleIfError: 60 })],
    asked: true,
    status: 503,
    answer: 200,
  },
}

describe.each(Object.entries(held))('the head of a response held back %s', (name, { layers, ...how }) => {
  it.each(Object.entries(sending))('is not changed behind its %s', async (_name, send) => {
    let status = 200
    let saw: unknown
    const handler: RequestHandler = (_req, res) => {
      res.setHeader('X-Kept', '1')
      res.setHeader('Cache-Control', 'max-age=10')
      if (name === 'for its ETag') res.setHeader('Content-Length', 4)
      else res.setHeader('ETag', '"1"')
      // Middlewares set fields while the head is written.
      onHeaders(res, () => res.setHeader('X-In-Time', '1'))
      send(res, status)
      saw = changeLate(res)
      res.end(send === sending.write ? 'ge' : 'page')
    }
    await getRaw(await serve(express().use(handler) as RequestListener), '/')
    const without = saw
    const url = await serve(
      express()
        .use(...layers())
        .use(handler) as RequestListener,
    )
    if (how.asked === true) await getRaw(url, '/')
    passSeconds(20)
    status = how.status ?? 200
    saw = undefined
    const answer = await getRaw(url, '/', how.lines)
    expect([answer.status, saw]).toEqual([how.answer, without])
    for (const response of [answer, await getRaw(url, '/')]) {
      expect([headerOf(response, 'x-late'), response.reason]).not.toContain('Late')
      if (response.status === 304) continue
      expect([headerOf(response, 'x-kept'), headerOf(response, 'x-in-time')]).toEqual(['1', '1'])
    }
  })
})

it('nor is one behind which the page is asked for anew', async () => {
  let etag = '"1"'
  let saw: unknown
  const app = express().use(siteCache({ cache: freshCache(), ...rfc9111 }))
  app.use((req, res) => {
    res.setHeader('ETag', etag)
    res.setHeader('Cache-Control', 'max-age=10')
    if (req.headers['if-none-match'] === undefined) return void res.end(`page ${etag}`)
    etag = '"2"'
    res.writeHead(304, { ETag: etag })
    res.end()
    const before = changeLate(res)
    // Its replacement is waited for.
    setImmediate(() => {
      saw = [before, changeLate(res)]
    })
  })
  const url = await serve(app as RequestListener)
  await getRaw(url, '/')
  passSeconds(20)
  const answers = [await getRaw(url, '/'), await getRaw(url, '/')]
  expect(
    answers.map((answer) => [answer.status, answer.body.toString(), headerOf(answer, 'x-late')]),
  ).toEqual([
    [200, 'page "2"', undefined],
    [200, 'page "2"', undefined],
  ])
  expect(JSON.stringify(saw).match(/ERR_HTTP_HEADERS_SENT/g)).toHaveLength(10)
})

it('nor over HTTP/2', async () => {
  let saw: unknown
  const serveHttp2 = async (layer: RequestHandler) => {
    const app = connect()
    app.use(layer as connect.NextHandleFunction)
    app.use((_req: IncomingMessage, res: ServerResponse) => {
      res.writeHead(200, { 'X-Kept': '1', ETag: '"1"' })
      saw = changeLate(res)
      res.end('page')
    })
    const server = createServer(app as never).listen(0)
    await once(server, 'listening')
    const client = connectHttp2(`http://localhost:${Object(server.address()).port}`)
    const stream = client.request({ 'if-none-match': '"1"' })
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    client.destroy()
    server.close()
    return headers
  }
  expect(await serveHttp2((_req, _res, next) => next())).toMatchObject({ ':status': 200 })
  const without = saw
  const headers = await serveHttp2(siteCache({ cache: freshCache() }))
  expect([headers[':status'], headers['x-late']]).toEqual([304, undefined])
  expect(saw).toEqual(without)
})
