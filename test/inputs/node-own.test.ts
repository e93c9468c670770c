import { once } from 'node:events'
import { get, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import {
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { afterEach, describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'

type Use = (...exchange: Parameters<RequestListener>) => void

const nothing = (): void => undefined

/** What middlewares and handlers do with a request and its response, for which Node keeps state on both. */
const uses: Record<string, Use> = {
  nothing,
  'listeners are added and removed': (req, res) => {
    for (const emitter of [req, res]) {
      for (const event of ['close', 'error', 'finish', 'aborted', 'end']) emitter.on(event, nothing)
      emitter.prependOnceListener('finish', nothing)
      emitter.removeListener('end', nothing).setMaxListeners(50)
    }
  },
  'timeouts are set': (req, res) => {
    req.setTimeout(60_000, nothing)
    res.setTimeout(60_000, nothing)
  },
  'early hints are sent': (_req, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' })
    res.writeContinue()
  },
  'the content is read': (req) => {
    req.setEncoding('utf8')
    req.pause()
    req.resume()
    req.read()
  },
  'state is asked': (req, res) => {
    void [req.trailers, req.complete, req.destroyed, req.readableEnded, req.readableFlowing, req.errored]
    void [res.headersSent, res.writableEnded, res.writableLength, res.writableFinished, res.finished]
  },
  'the head is written': (_req, res) => {
    res.setHeader('X-A', '1')
    res.removeHeader('X-A')
    res.statusCode = 200
    res.sendDate = true
  },
}

const http1 = async (listener: RequestListener) => {
  const url = await serve(listener)
  return async (): Promise<IncomingHttpHeaders> => {
    const [response] = await once(get(url), 'response')
    await once(response.resume(), 'end')
    return response.headers
  }
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const http2 = async (listener: RequestListener) => {
  const server = createHttp2Server(
    listener as unknown as (req: Http2ServerRequest, res: Http2ServerResponse) => void,
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  closing.push(
    () => client.close(),
    () => server.close(),
  )
  return async (): Promise<IncomingHttpHeaders> => {
    const stream = client.request({ ':path': '/' })
    const [headers] = await once(stream, 'response')
    await once(stream.resume(), 'end')
    return headers
  }
}

describe.each([
  ['HTTP/1.1', http1],
  ['HTTP/2', http2],
])('what Node keeps on a request and its response is no input, %s', (_name, start) => {
  it.each(Object.entries(uses))('where, above and below the look-up, %s', async (_what, use) => {
    const site = siteCache({ cache: freshCache() })
    const ask = await start((req, res) => {
      use(req, res)
      site(req, res, () => {
        res.setHeader('Cache-Control', 'max-age=60')
        use(req, res)
        // Node looks at its lists of listeners.
        res.emit('a')
        req.emit('b')
        res.end('page')
      })
    })
    const [first, second] = [await ask(), await ask()]
    for (const { vary, 'cache-control': control } of [first, second])
      expect({ vary, control }).toEqual({ vary: undefined, control: 'max-age=60' })
    expect(second['cache-status']).toContain('sitecache; hit')
  })
})
