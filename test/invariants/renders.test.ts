import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches, invalidatePage, type SiteOptions, siteCache } from '@sitecache/express'
import express, { type Request, type Response } from 'express'
import { Render, Renders } from '../../packages/express/src/pages/renders.js'
import { ByteStore } from '../support/byte-store.js'
import { passSeconds } from '../support/clock.js'
import { serve } from '../support/serve.js'

const URL_OF_PAGE = 'http://site.example/page'

interface Site {
  readonly store: ByteStore
  readonly options: SiteOptions
}

/** One way in which the response to a render ends. */
interface Ending {
  handler(req: Request, res: Response, site: Site): unknown
  readonly options?: SiteOptions
  /** A page is stored first, and stale when it is asked for again. */
  readonly isStale?: boolean
  /** The client leaves when the handler runs, or when the head has come. */
  readonly hangsUp?: 'before the head' | 'after the head'
  /** The request comes behind another one, on a connection that this one never gets. */
  readonly isPipelined?: boolean
}

const endings: Readonly<Record<string, Ending>> = {
  'a page that is stored': { handler: (_req, res) => res.send('page') },
  'a response that may not be stored': {
    handler: (_req, res) => res.set('Cache-Control', 'no-store').send('page'),
  },
  'a handler that says skip': {
    handler(req, res) {
      Reflect.get(req, 'cache').skip()
      res.send('page')
    },
  },
  'a body that is too long to keep': {
    handler: (_req, res) => void res.write('x'.repeat(50), () => res.end('x'.repeat(50))),
    options: { maxBodyBytes: 60 },
  },
  'a handler that throws': {
    handler() {
      throw new Error('broken')
    },
  },
  'a handler that destroys the connection': { handler: (_req, res) => void res.destroy() },
  'a stream that breaks half-way': {
    handler: (_req, res) => void res.write('half', () => res.destroy()),
    hangsUp: 'after the head',
  },
  'a client that leaves before the head': {
    handler: (req, res) => void req.socket.once('close', () => res.end('page')),
    hangsUp: 'before the head',
  },
  'a client that leaves after the head': {
    handler(req, res) {
      req.socket.once('close', () => res.end('half'))
      res.write('half')
    },
    hangsUp: 'after the head',
  },
  'a pipelined request whose client leaves, and that is never answered': {
    handler: () => undefined,
    hangsUp: 'before the head',
    isPipelined: true,
  },
  'a purge while it is rendered': {
    async handler(_req, res, { options }) {
      await invalidatePage(URL_OF_PAGE, { cache: options.cache ?? 'default' })
      res.send('page')
    },
  },
  'a store that fails': {
    handler(_req, res, { store }) {
      store.failure = new Error('down')
      res.send('page')
    },
  },
  'a callback that throws': {
    handler: (_req, res) => res.send('page'),
    options: {
      storeIf() {
        throw new Error('broken')
      },
    },
  },
  'a 304 that freshens the stored page': {
    handler: (_req, res) => void res.status(304).end(),
    options: { policy: 'rfc9111' },
    isStale: true,
  },
  'a new page in place of a stale one': {
    handler: (_req, res) => res.send('new page'),
    options: { policy: 'rfc9111' },
    isStale: true,
  },
  'an error that the stale page replaces': {
    handler: (_req, res) => void res.status(503).end(),
    options: { staleIfError: '1h' },
    isStale: true,
  },
  'a handler that gives up where a stale page can answer': {
    handler: (_req, res) => void res.destroy(),
    options: { staleIfError: '1h' },
    isStale: true,
  },
}

/** Asks for the page, and resolves when its response is over on both sides. */
async function ask(
  url: string,
  gone: Promise<unknown>,
  { hangsUp, isPipelined }: Ending,
  begun: Promise<unknown>,
) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  if (isPipelined === true) socket.write('GET /first HTTP/1.1\r\nHost: site.example\r\n\r\n')
  socket.write('GET /page HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n')
  if (hangsUp !== 'before the head') socket.once('data', () => hangsUp === undefined || socket.destroy())
  else begun.then(() => socket.destroy())
  await Promise.all([gone, once(socket, 'close')])
}

async function endOf(ending: Ending): Promise<void> {
  const store = new ByteStore()
  const caches = createCaches({ default: { store } })
  const cache = caches.get('default')
  cache.on('error', () => undefined)
  const options: SiteOptions = { ...ending.options, cache }
  let isFirst = ending.isStale === true
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let close: () => void = () => undefined
  const app = express().set('env', 'test')
  app.use((req, res, next) => {
    // Node tells a response that never got the connection nothing.
    const closes = ending.isPipelined === true ? req.socket : res
    closes.once('close', () => close())
    next()
  })
  // Holds the connection.
  app.get('/first', () => undefined)
  app.use(siteCache(options)).get('/page', (req, res) => {
    begin()
    if (!isFirst) return ending.handler(req, res, { store, options })
    isFirst = false
    return res.set({ 'Cache-Control': 'max-age=10', ETag: '"1"' }).send('old page')
  })
  const url = await serve(app)
  for (const one of ending.isStale === true ? [{ ...ending, isStale: false }, ending] : [ending]) {
    const gone = new Promise<void>((resolve) => {
      close = resolve
    })
    await ask(url, gone, one, begun)
    // The recorder looks once more behind `close`.
    for (let i = 0; i < 3; i += 1) await turn()
    await caches.idle()
    passSeconds(20)
  }
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe('every render ends exactly once', () => {
  it.each(Object.entries(endings))('%s', async (_name, ending) => {
    const begin = jest.spyOn(Renders.prototype, 'begin')
    const finish = jest.spyOn(Render.prototype, 'finish')
    await endOf(ending)
    const begun = begin.mock.results.map(({ value }) => value as Render)
    expect(begun).toHaveLength(ending.isStale === true ? 2 : 1)
    for (const render of begun) expect(finish.mock.contexts.filter((one) => one === render)).toHaveLength(1)
  })
})
