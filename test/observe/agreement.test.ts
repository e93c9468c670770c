import { get } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { cachePage, createCaches, siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { atEnd } from '@sitecache/test-support/at-end'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { gate } from '@sitecache/test-support/gate'
import { askRaw, headerOf } from '@sitecache/test-support/raw'
import express, { type RequestHandler } from 'express'
import { hear, words } from './heard.js'

async function serve(...handlers: RequestHandler[]): Promise<string> {
  const { url, close } = await listen(express().use(...handlers))
  atEnd(close)
  return `${url}/page`
}

const page: RequestHandler = (_req, res) => void res.end('the page')

describe('what is told of a request', () => {
  it('is the same by counts and events, of a client that leaves while the store is asked', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    const heard = hear(cache)
    const url = await serve(siteCache({ cache }), page)
    await ask(url)
    store.pause()
    const asked = store.asked
    const gone = askInVain(url)
    while (store.asked === asked) await new Promise(setImmediate)
    gone.destroy()
    await new Promise((resolve) => gone.once('close', resolve))
    expect(words(await heard.count(2))).toEqual(['miss', 'unstorable aborted'])
    store.resume()
    await ask(url)
    const { results, skips } = await cache.stats()
    expect([results, skips]).toEqual([{ miss: 1, unstorable: 1, hit: 1 }, { aborted: 1 }])
  })

  it('has an end of a client that leaves while it is asked whether it may have an explanation', async () => {
    const cache = freshCache()
    const heard = hear(cache)
    const [asked, answer] = [gate(), gate<boolean>()]
    const authorize = () => {
      asked.open()
      return answer.opened
    }
    const url = await serve(siteCache({ cache, explain: { authorize } }), page)
    const gone = get(url, { headers: { 'Sitecache-Explain': 'x' } }).on('error', () => undefined)
    await asked.opened
    gone.destroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
    answer.open(true)
    expect(words(await heard.count(1))).toEqual(['unstorable aborted'])
    expect((await cache.stats()).results).toEqual({ unstorable: 1 })
  })

  it('is the same by counts and events, of a page that the store does not take', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    const heard = hear(cache)
    store.failure = new Error('down')
    await ask(await serve(siteCache({ cache }), page))
    expect(words(await heard.count(1))).toEqual(['unstorable store'])
    const { results, skips, errors } = await cache.stats()
    expect([results, skips, errors > 0]).toEqual([{ unstorable: 1 }, {}, true])
  })

  it('is `stored` of a HEAD that has brought the page up to date', async () => {
    const cache = freshCache()
    const heard = hear(cache)
    const url = await serve(siteCache({ cache, policy: 'rfc9111', timeout: 10 }), (req, res) =>
      page(req, res.set('ETag', '"1"'), () => undefined),
    )
    await ask(url)
    const head = await askRaw('HEAD', url, '/page', ['Host: site.example', 'Cache-Control: no-cache'])
    expect(headerOf(head, 'cache-status')).toBe('sitecache; fwd=request; stored')
    expect(words(await heard.count(2))).toEqual(['miss', 'miss'])
  })

  it('is `stored` of a page within another whose client has it already', async () => {
    const [outer, inner] = [freshCache(), freshCache()]
    const heard = hear(inner)
    const url = await serve(siteCache({ cache: outer }), cachePage(60, { cache: inner }), page)
    expect((await ask(url, { 'If-None-Match': '*' })).status).toBe(304)
    expect(words(await heard.count(1))).toEqual(['miss'])
    expect((await inner.stats()).stores).toBe(1)
  })

  it('is no purge where a stale page has gone in its time, while its next was rendered', async () => {
    const cache = freshCache()
    const heard = hear(cache)
    const url = await serve(siteCache({ cache, timeout: 10, staleIfError: 5 }), (_req, res) => {
      if (heard.events.length > 0) passSeconds(5)
      res.end('the page')
    })
    await ask(url)
    passSeconds(11)
    await ask(url)
    expect(words(await heard.count(2))).toEqual(['miss', 'miss'])
  })
})
