import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { frameworks, type Handle } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import { hear, words } from '../observe/heard.js'

/** Takes the connection off a response, as libraries for sockets and event streams do. */
function take(res: ServerResponse): Socket {
  const { socket } = res
  if (socket === null) throw new Error('the response has no connection')
  res.detachSocket(socket)
  return socket
}

const raw = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${body}`

describe.each(frameworks)('a connection that a handler of $name takes', ({ build }) => {
  async function site(handler: Handle) {
    const cache = freshCache()
    const heard = hear(cache)
    const url = await serve(build([siteCache({ cache, lockTimeout: '1h' })], handler))
    return { cache, heard, url: `${url}/page` }
  }

  it('ends its render at once, and others wait for nothing', async () => {
    const open: Socket[] = []
    const { cache, heard, url } = await site((_req, res) => {
      const socket = take(res)
      socket.write(raw('begun'))
      open.push(socket)
      if (open.length < 3) return
      for (const one of open) one.end('x'.repeat(95))
    })
    const asked = [1, 2, 3].map(() => ask(url))
    for (const answer of await Promise.all(asked)) expect(answer.body).toMatch(/^begunx+$/)
    expect(words(await heard.count(3))).toEqual(Array(3).fill('unstorable aborted'))
    expect(cache.meter.rendering).toBe(0)
  })

  it('leaves no page of what the handler ends a response with that has none', async () => {
    let calls = 0
    const { url } = await site((_req, res) => {
      calls += 1
      take(res).end(raw('x'.repeat(100)))
      res.end('nobody’s')
    })
    for (let i = 0; i < 2; i += 1) expect((await ask(url)).body).toMatch(/^x+$/)
    expect(calls).toBe(2)
  })
})
