import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { conditionalGet, createCaches, type SiteOptions, siteCache } from '@sitecache/express'
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
  return { url: await serve(app as RequestListener), closed }
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
