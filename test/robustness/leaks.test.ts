import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches, type SiteOptions, siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { passSeconds } from '@sitecache/test-support/clock'
import express, { type Request, type Response } from 'express'
import { activeReads } from '../../packages/express/src/inputs/request-reads.js'
import { Render, Renders } from '../../packages/express/src/pages/renders.js'

const ROUNDS = 5
const endless = (): Readable =>
  new Readable({
    read() {
      setImmediate(() => this.push(Buffer.alloc(16_384, 97)))
    },
  })

/** One way in which an exchange ends otherwise. */
interface Ending {
  handler(req: Request, res: Response): unknown
  readonly options?: SiteOptions
  /** A page is stored first, and stale when it is asked for again. */
  readonly isStale?: boolean
  /** Something above the cache answers once the handler runs. */
  readonly isTimedOut?: boolean
  readonly hangsUp?: 'before the head' | 'after the head'
}

const endings: Readonly<Record<string, Ending>> = {
  'a client that leaves a stream': {
    handler(_req, res) {
      const source = endless()
      source.pipe(res.type('text'))
      res.once('close', () => source.destroy())
    },
    hangsUp: 'after the head',
  },
  'a client that leaves a pipeline': {
    handler: (_req, res) => void pipeline(endless(), res.type('text'), () => undefined),
    hangsUp: 'after the head',
  },
  'a client that leaves a file': {
    handler: (_req, res) => res.sendFile(process.execPath, { dotfiles: 'allow' }, () => undefined),
    hangsUp: 'after the head',
  },
  'a client that leaves a handler that never answers': {
    handler: () => undefined,
    hangsUp: 'before the head',
  },
  'a response that a timeout answers': { handler: () => undefined, isTimedOut: true },
  'a handler that answers after the timeout': {
    handler: (_req, res) => void res.once('finish', () => res.end()),
    isTimedOut: true,
  },
  'a handler that is given up, and fails later': {
    handler: (_req, res) =>
      void res.once('finish', () => res.destroy(new Error('late'))).once('finish', () => res.end('late')),
    options: { staleIfError: '1h', originTimeout: 0.02 },
    isStale: true,
  },
  'a handler that is given up, and hands its error on later': {
    handler(req, res) {
      res.once('finish', () => req.next?.(new Error('late')))
    },
    options: { staleIfError: '1h', originTimeout: 0.02 },
    isStale: true,
  },
  'a page whose application sets res.locals anew': {
    handler(_req, res) {
      res.locals = {}
      return res.send('page')
    },
  },
  'a head that can not be written': {
    handler(_req, res) {
      try {
        res.writeHead(20)
      } catch {
        res.status(500).end()
      }
    },
  },
}

/** Sends a request, and resolves when its connection is over. */
async function ask(url: string, path: string, ending: Ending, begun: Promise<unknown>): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  let answer = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    answer += bytes.toString('latin1')
    if (ending.hangsUp === 'after the head') socket.destroy()
  })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n`)
  if (ending.hangsUp === 'before the head') begun.then(() => socket.destroy())
  await once(socket, 'close')
  return answer
}

/** A middleware above the cache that loses patience as soon as the handler runs. */
function timeouts(begun: () => Promise<unknown>) {
  return (_req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    void begun().then(() => {
      if (!res.headersSent) res.writeHead(503).end('too slow')
    })
    next()
  }
}

async function endAll(ending: Ending): Promise<readonly string[]> {
  const store = new ByteStore()
  const caches = createCaches({ default: { store } })
  caches.get('default').on('error', () => undefined)
  const answers: string[] = []
  let begin: () => void = () => undefined
  let begun = Promise.resolve()
  let isFirst = false
  const app = express().set('env', 'test')
  if (ending.isTimedOut === true) app.use(timeouts(() => begun))
  app.use(siteCache({ ...ending.options, caches }))
  app.use((req, res) => {
    if (isFirst) return res.set('Cache-Control', 'max-age=10').send('old page')
    begin()
    return ending.handler(req, res)
  })
  const { server, url, close } = await listen(app as RequestListener)
  for (let i = 0; i < ROUNDS; i += 1) {
    const renew = (): void => {
      begun = new Promise((resolve) => {
        begin = resolve
      })
    }
    renew()
    if (ending.isStale === true) {
      isFirst = true
      await ask(url, `/${i}`, { handler: ending.handler }, begun)
      await caches.idle()
      isFirst = false
      passSeconds(20)
    }
    answers.push(await ask(url, `/${i}`, ending, begun))
  }
  // The server sees its clients leave, and the recorder looks once more behind that.
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
    )
  while ((await connections()) > 0) await turn()
  for (let i = 0; i < 5; i += 1) await turn()
  await caches.idle()
  await close()
  return answers
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe('nothing is held of exchanges that end otherwise', () => {
  it.each(Object.entries(endings))('%s', async (_name, ending) => {
    const begin = jest.spyOn(Renders.prototype, 'begin')
    const finish = jest.spyOn(Render.prototype, 'finish')
    const answers = await endAll(ending)
    const begun = begin.mock.results.map(({ value }) => value as Render)
    expect(begun.length).toBeGreaterThanOrEqual(ROUNDS)
    for (const render of begun) expect(finish.mock.contexts).toContain(render)
    expect(activeReads.size).toBe(0)
    if (ending.isStale === true) for (const answer of answers) expect(answer).toMatch(/old page$/)
    if (ending.isTimedOut === true)
      for (const answer of answers) expect(answer).toMatch(/too slow\r\n0\r\n|too slow$/)
  })
})
