import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { createCaches, type SiteOptions, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { exchangeRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import express, { type Express } from 'express'
import { countLookUps } from '../../packages/express/src/options/look-up-counts.js'

function siteOf(options: SiteOptions, routes: (app: Express) => void): RequestListener {
  const app = express().set('env', 'test').use(siteCache(options))
  routes(app)
  return app as RequestListener
}

/** Asks for paths over one connection, without a wait between them. */
async function pipelined(url: string, paths: readonly string[]): Promise<string> {
  const { host } = new URL(url)
  const heads = paths.map((path, i) => {
    const isLast = i === paths.length - 1
    return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${isLast ? 'Connection: close\r\n' : ''}\r\n`
  })
  return String(await exchangeRaw(url, heads.join('')))
}

describe('a page on a connection of which sitecache itself reads the address for another request', () => {
  it('is kept, where that has a page refreshed', async () => {
    const caches = createCaches({ default: { store: 'memory:' } })
    let renders = 0
    let refreshed = (): void => undefined
    const isRefreshed = new Promise<void>((resolve) => {
      refreshed = resolve
    })
    const site = siteOf({ caches, staleWhileRevalidate: '1h' }, (app) => {
      app.get('/stale', (_req, res) => {
        renders += 1
        if (renders === 2) refreshed()
        res.set('Cache-Control', 'max-age=10').send('page')
      })
      app.get('/other', async (_req, res) => {
        await isRefreshed
        res.send('other')
      })
    })
    const url = await serve(site)
    await pipelined(url, ['/stale'])
    passSeconds(20)
    const answers = await pipelined(url, ['/stale', '/other'])
    expect(answers).toContain('detail=stale-while-revalidate')
    expect(answers).toContain('fwd=uri-miss; stored')
    await caches.idle()
  })

  it('is kept, where look-ups are counted', async () => {
    const cache = freshCache()
    countLookUps(cache)
    let closed: Promise<unknown> = Promise.resolve()
    const site = siteOf({ cache }, (app) => {
      app.get('/first', (_req, res) => {
        closed = once(res, 'close')
        setImmediate(() => res.send('first'))
      })
      app.get('/other', async (_req, res) => {
        await closed
        res.send('other')
      })
    })
    const answers = await pipelined(await serve(site), ['/first', '/other'])
    expect(answers.match(/fwd=uri-miss; stored/g)).toHaveLength(2)
  })
})

describe('a page that a POST has made', () => {
  it('does not depend on what its purge reads', async () => {
    const site = siteOf({ cache: freshCache(), policy: 'rfc9111' }, (app) => {
      app.post('/page', (_req, res) => {
        res.set({ 'Content-Location': '/page', 'Cache-Control': 'max-age=60' }).send('page')
      })
    })
    await request(site).post('/page')
    const { text, headers } = await request(site).get('/page').set('X-Forwarded-Proto', 'https')
    expect([text, headers['cache-status']]).toEqual(['page', expect.stringContaining('hit')])
  })
})
