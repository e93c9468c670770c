import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { createCaches, type SiteOptions, siteCache } from '@sitecache/express'
import { frameworks } from '../support/applications.js'
import { ask } from '../support/ask.js'
import { ByteStore } from '../support/byte-store.js'
import { passSeconds } from '../support/clock.js'
import { serve } from '../support/serve.js'

/** Names under which a request shows what its client sent, and what middlewares made of it. */
const names = [
  'headers',
  'rawHeaders',
  'url',
  'originalUrl',
  'query',
  'session',
  'user',
  'cookies',
  'signedCookies',
] as const

/** Notes each look at what a client sent, and answers it with another client's. */
function trap(req: IncomingMessage, reads: string[]): void {
  for (const name of names) {
    Object.defineProperty(req, name, {
      configurable: true,
      get() {
        reads.push(name)
        return name === 'headers' ? { cookie: 'another=1', host: 'another.example' } : '/another'
      },
    })
  }
}

const parts: Readonly<Record<string, (res: ServerResponse, then: () => void) => void>> = {
  'the body of a page': (res, then) => {
    res.setHeader('Vary', 'Cookie')
    res.write('half', () => {
      then()
      res.end('half')
    })
  },
  'the end of a 304 that freshens a stored page': (res, then) => {
    res.writeHead(304, { 'Cache-Control': 'max-age=60', Vary: 'Cookie' })
    then()
    res.end()
  },
}

describe.each(frameworks)('behind the head, on $name', ({ build }) => {
  it.each(Object.entries(parts))('nothing of the request is read: %s', async (name, write) => {
    const caches = createCaches({ default: { store: new ByteStore() } })
    const options: SiteOptions = { caches, policy: 'rfc9111' }
    const freshens = name.includes('304')
    const reads: string[] = []
    let renders = 0
    const app = build([siteCache(options)], (req, res) => {
      renders += 1
      if (freshens && renders === 1) {
        res.writeHead(200, { 'Cache-Control': 'max-age=10', ETag: '"1"', Vary: 'Cookie' })
        return res.end('halfhalf')
      }
      if (!freshens) res.setHeader('Cache-Control', 'max-age=60')
      return write(res, () => trap(req, reads))
    })
    const url = `${await serve(app)}/page`
    const headers = { cookie: 'own=1' }
    if (freshens) {
      await ask(url, headers)
      await caches.idle()
      passSeconds(20)
    }
    const first = await ask(url, headers)
    await caches.idle()
    expect([first.status, first.body, reads]).toEqual([200, 'halfhalf', []])
    // Stored for the request as it was when it was looked up.
    const again = await ask(url, headers)
    expect([again.cacheStatus, renders]).toEqual([expect.stringMatching(/^sitecache; hit/), freshens ? 2 : 1])
  })
})
