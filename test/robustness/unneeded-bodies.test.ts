import { once } from 'node:events'
import { get, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { conditionalGet, createCaches, type SiteOptions, siteCache, warm } from '@sitecache/express'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { serve } from '@sitecache/test-support/serve'
import express, { type Response } from 'express'

/** Writes until the response is closed: it has no end of its own. */
function writeOn(res: Response): void {
  if (res.closed || res.destroyed) return
  res.write('x'.repeat(1000))
  setImmediate(writeOn, res)
}

/** As `writeOn`, much at a time. */
function pour(res: Response): void {
  if (res.closed || res.destroyed) return
  res.write(Buffer.alloc(2 ** 20))
  setImmediate(pour, res)
}

/** Writes once, and goes on when there is something to tell. */
function writeOnce(res: Response): void {
  res.write('data: 1\n\n')
}

type Body = readonly [write: (res: Response) => void, head: Readonly<Record<string, string>>]

const bodies: Readonly<Record<string, Body>> = {
  'is longer than a page may be, and says so': [writeOnce, { 'Content-Length': String(2 ** 40) }],
  'turns out to be longer than a page may be': [writeOn, {}],
  'may not be kept': [writeOn, { 'Cache-Control': 'private' }],
  'is a stream of events': [writeOnce, { 'Cache-Control': 'private', 'Content-Type': 'text/event-stream' }],
}

const revalidated = { 'If-None-Match': '"1"' }

async function siteOf(options: SiteOptions, handler: (res: Response) => void) {
  const app = express().set('env', 'test')
  const closed: Promise<unknown>[] = []
  app.use((_req, res, next) => {
    closed.push(once(res, 'close'))
    next()
  })
  app.use(
    siteCache({ ...(options.caches ? {} : { cache: freshCache() }), maxBodyBytes: 100_000, ...options }),
  )
  app.get('/', (_req, res) => handler(res))
  return { app: app as RequestListener, url: await serve(app as RequestListener), closed }
}

describe.each(['django', 'rfc9111'] as const)('a client that has what policy %s does not keep', (policy) => {
  it.each(Object.entries(bodies))(
    'has its 304 without a wait for a body that %s',
    async (_name, [write, head]) => {
      const { url, closed } = await siteOf({ policy }, (res) => {
        res.set({ ETag: '"1"', 'Cache-Control': 'max-age=60', ...head })
        write(res)
      })
      expect((await ask(url, revalidated)).status).toBe(304)
      // The handler sees that it need not go on.
      await Promise.all(closed)
    },
  )
})

describe('a stale page', () => {
  it('answers without a wait for the body of the error that it replaces', async () => {
    let isBroken = false
    const { url } = await siteOf({ staleIfError: '1h' }, (res) => {
      if (!isBroken) return void res.set('Cache-Control', 'max-age=10').send('page')
      res.status(503)
      writeOnce(res)
    })
    await ask(url)
    isBroken = true
    passSeconds(20)
    expect(await ask(url)).toMatchObject({ status: 200, body: 'page' })
  })
})

describe('a refresh behind a stale page', () => {
  it('ends with a body that is longer than a page may be', async () => {
    const caches = createCaches({ default: { store: 'memory:' } })
    let isLong = false
    const { url, closed } = await siteOf({ caches, staleWhileRevalidate: '1h' }, (res) => {
      res.set('Cache-Control', 'max-age=10')
      if (isLong) writeOn(res)
      else res.send('page')
    })
    await ask(url)
    isLong = true
    passSeconds(20)
    expect((await ask(url)).body).toBe('page')
    await caches.idle()
    expect(closed).toHaveLength(3)
    await Promise.all(closed)
  })
})

describe.each([
  ['in this process', true],
  ['over the network', false],
])('a warm-up %s', (_name, isWithin) => {
  it.each(Object.entries(bodies))('ends with a body that %s', async (_name, [write, head]) => {
    const { app, url, closed } = await siteOf({ timeout: '1m' }, (res) => {
      res.set(head)
      if (write === writeOn) pour(res)
      else write(res)
    })
    const told: (string | undefined)[] = []
    await warm([url], { ...(isWithin ? { app } : {}), onProgress: ({ outcome }) => told.push(outcome) })
    expect(told).toEqual(['not-stored'])
    await Promise.all(closed)
  })

  it('ends with one of which no cache says anything', async () => {
    const { app, url, closed } = await siteOf({ cacheStatus: false }, pour)
    const told: (string | undefined)[] = []
    await warm([url], { ...(isWithin ? { app } : {}), onProgress: ({ reason }) => told.push(reason) })
    expect(told).toEqual(['too-large'])
    await Promise.all(closed)
  })
})

describe('the whole that is asked for anew, since a 304 was about another', () => {
  /** A site whose page is stale, and another by now; its 304 says so. */
  async function replaced(whole: (res: Response) => void) {
    let renders = 0
    const site = await siteOf({ policy: 'rfc9111' }, (res) => {
      renders += 1
      res.set({ ETag: renders === 1 ? '"1"' : '"2"', 'Cache-Control': 'max-age=10' })
      if (renders === 1) res.end('page')
      else if (res.req.headers['if-none-match'] !== undefined) res.status(304).end()
      else whole(res)
    })
    await ask(site.url)
    passSeconds(20)
    return site
  }

  it('passes where it is longer than a page may be, and ends with its client', async () => {
    const { url, closed } = await replaced(writeOn)
    const client = get(url, { headers: { Host: 'site.example' } })
    const [response] = await once(client, 'response')
    let length = 0
    for await (const chunk of response) {
      length += chunk.length
      if (length > 500_000) break
    }
    await Promise.all(closed)
    expect(closed).toHaveLength(3)
  })

  it('comes whole, and in order', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`)
    const { url } = await replaced((res) => void Readable.from(lines).pipe(res))
    expect((await ask(url)).body).toBe(lines.join(''))
  })

  it('is cut off where it breaks', async () => {
    const { url } = await replaced((res) => {
      res.write('x'.repeat(200_000))
      setImmediate(() => res.destroy())
    })
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('is waited for by nobody else once it passes', async () => {
    const held: Response[] = []
    const { url } = await replaced((res) => {
      held.push(res)
      res.write('x'.repeat(200_000))
      if (held.length === 2) for (const one of held) one.end()
    })
    const both = await Promise.all([ask(url), ask(url)])
    for (const { body } of both) expect(body).toHaveLength(200_000)
  })
})

describe('conditionalGet()', () => {
  it('answers a client that has the page without a wait for its body', async () => {
    const called: string[] = []
    const app = express().use(conditionalGet())
    app.get('/', (_req, res) => {
      res.set('ETag', '"1"')
      writeOn(res)
      res.end('the end', () => called.push('end'))
    })
    const url = await serve(app as RequestListener)
    expect((await ask(url, revalidated)).status).toBe(304)
    expect(called).toEqual(['end'])
  })
})
