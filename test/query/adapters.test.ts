import { once } from 'node:events'
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { connect, constants, createServer } from 'node:http2'
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { readAll } from './asking.js'

/** A request as adapters of serverless platforms make it: said to be complete before its stream has anything. */
function adapted(
  method: string,
  pieces: readonly string[],
  headers: Record<string, string>,
): IncomingMessage {
  const [near, far] = duplexPair()
  far.resume()
  const req = new IncomingMessage(near as Socket)
  Object.assign(req, { method, url: '/', complete: true, httpVersionMajor: 1, httpVersionMinor: 1 })
  Object.assign(req.headers, { host: 'a.example', ...headers })
  req._read = () => {
    for (const piece of pieces) req.push(piece)
    req.push(null)
  }
  return req
}

async function answerOf(app: RequestListener, req: IncomingMessage): Promise<string> {
  const [near, far] = duplexPair()
  const res = new ServerResponse(req)
  const finished = once(res, 'finish')
  const answer = text(far)
  res.assignSocket(near as Socket)
  app(req, res)
  await finished
  near.end()
  return answer
}

describe('requests that are not from Node’s own server', () => {
  const cached = (asked: string[]) =>
    withSiteCache(
      async (req, res) => {
        const content = await readAll(req)
        asked.push(content)
        res.end(content)
      },
      { cache: freshCache(), methods: ['QUERY', 'POST'] },
    )

  it.each([
    ['with a length', { 'content-length': '1' }],
    ['with chunks', { 'transfer-encoding': 'chunked' }],
    ['with neither', {}],
    ['with another length', { 'content-length': '0' }],
  ])('have no key without their content: %s', async (_name, headers) => {
    const asked: string[] = []
    const app = cached(asked)
    for (const content of ['a', 'b', 'a']) await answerOf(app, adapted('POST', [content], headers))
    expect(asked.slice(0, 2)).toEqual(['a', 'b'])
  })

  it('have a key of all their content, though pieces of it are there at once', async () => {
    const asked: string[] = []
    const app = cached(asked)
    const contents = [['user=', 'a'], ['user=', 'b'], ['user='], ['user=', 'a']]
    const answers: string[] = []
    for (const pieces of contents) answers.push(await answerOf(app, adapted('POST', pieces, {})))
    expect(answers).toEqual([
      expect.stringMatching(/fwd=uri-miss; stored[\s\S]*user=a$/),
      expect.stringMatching(/fwd=uri-miss; stored[\s\S]*user=b$/),
      expect.stringMatching(/fwd=uri-miss; stored[\s\S]*user=$/),
      expect.stringMatching(/; hit[\s\S]*user=a$/),
    ])
    expect(asked).toEqual(['user=a', 'user=b', 'user='])
  })

  it('pass by where they come by HTTP/2, whose contents no field announces', async () => {
    const asked: string[] = []
    const app = cached(asked)
    const server = createServer(app as unknown as Parameters<typeof createServer>[1])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    const answers: string[] = []
    for (const content of ['a', 'b', 'a']) {
      const stream = client.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: '/',
      })
      stream.end(content)
      answers.push(await text(stream))
    }
    client.close()
    await new Promise((resolve) => server.close(resolve))
    expect([answers, asked]).toEqual([
      ['a', 'b', 'a'],
      ['a', 'b', 'a'],
    ])
  })
})
