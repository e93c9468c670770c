import { describe, expect, it } from '@jest/globals'
import { invalidatePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome } from '@sitecache/test-support/twins'

const spellings = ['a.example', 'a.example.', 'a.example:80', 'A.Example.:80']

describe('spellings of a host', () => {
  it.each(['http://a.example/p', 'https://A.example:443/p', 'http://a.example./p'])(
    'have pages of their own, which a purge of %s makes void together',
    async (purged) => {
      const cache = freshCache()
      const site = siteCache({ cache })
      const url = await serve((req, res) => void site(req, res, () => res.end(`at ${req.headers.host}`)))
      const ask = async (host: string) => {
        const response = await getRaw(url, '/p', [`Host: ${host}`])
        await cache.idle()
        return [bodyOf(response).toString(), outcome(response)]
      }
      for (const host of spellings) expect(await ask(host)).toEqual([`at ${host}`, 'stored'])
      for (const host of spellings) expect(await ask(host)).toEqual([`at ${host}`, 'hit'])
      expect(await invalidatePage(purged, { cache })).toBe(true)
      for (const host of spellings) expect(await ask(host)).toEqual([`at ${host}`, 'stored'])
    },
  )

  it('count as stored where one alone is', async () => {
    const cache = freshCache()
    const site = siteCache({ cache })
    const url = await serve((req, res) => void site(req, res, () => res.end('page')))
    await getRaw(url, '/p', ['Host: a.example.'])
    await cache.idle()
    expect(await invalidatePage('http://a.example/p', { cache })).toBe(true)
    expect(await invalidatePage('http://a.example/p', { cache })).toBe(false)
  })
})
