import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { invalidatePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { outcome } from '@sitecache/test-support/twins'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** Serves a handler behind a cache; asks with header lines, and answers body, outcome and Vary. */
async function asking(handler: Handler, options: { readonly inputs?: 'strict' } = {}) {
  const cache = freshCache()
  const site = siteCache({ cache, ...options })
  const url = await serve((req, res) => void site(req, res, () => handler(req, res)))
  const ask = async (line: string) => {
    const response = await getRaw(url, '/', [line])
    await cache.idle()
    return [bodyOf(response).toString(), outcome(response), headerOf(response, 'vary')]
  }
  return { ask, cache, url }
}

const inTenant =
  (vary: string | undefined): Handler =>
  (req, res) => {
    res.writeHead(200, vary === undefined ? {} : { Vary: vary })
    res.end(`in ${req.headers['x-tenant']}`)
  }

describe('a page whose handler first reads an input when its head is out', () => {
  it.each(['X-Tenant', 'Accept, x-tenant'])('is kept where its Vary says %s', async (vary) => {
    const { ask } = await asking(inTenant(vary))
    for (const how of ['stored', 'hit'])
      for (const tenant of ['a', 'b'])
        expect(await ask(`X-Tenant: ${tenant}`)).toEqual([`in ${tenant}`, how, vary])
  })

  it('is not kept where nothing says it; the next one says it, and is', async () => {
    const { ask } = await asking(inTenant(undefined))
    expect(await ask('X-Tenant: a')).toEqual(['in a', 'stored', undefined])
    for (const how of ['stored', 'hit'])
      for (const tenant of ['a', 'b'])
        expect(await ask(`X-Tenant: ${tenant}`)).toEqual([`in ${tenant}`, how, 'x-tenant'])
  })

  it('is learned of too, where the cache answers its client with a 304', async () => {
    const { ask } = await asking((req, res) => {
      res.writeHead(200, { ETag: '"one"' })
      res.end(`in ${req.headers['x-tenant']}`)
    })
    await ask('If-None-Match: "one"')
    expect(await ask('X-Tenant: a')).toEqual(['in a', 'stored', 'x-tenant'])
  })

  it('is kept by one more cookie, where another one was known', async () => {
    const { ask } = await asking((req, res) => {
      const theme = /theme=(\w+)/.exec(req.headers.cookie ?? '')?.[1]
      res.writeHead(200)
      res.end(`${theme} ${req.headers['x-tenant']}`)
    })
    await ask('Cookie: theme=dark')
    expect(await ask('Cookie: theme=dark')).toEqual(['dark undefined', 'stored', 'Cookie, x-tenant'])
    expect(await ask('Cookie: theme=dark')).toEqual(['dark undefined', 'hit', 'Cookie, x-tenant'])
    expect((await ask('Cookie: theme=light'))[0]).toBe('light undefined')
  })

  it('is told by nothing after a purge, as at first', async () => {
    const { ask, cache, url } = await asking(inTenant(undefined))
    await ask('X-Tenant: a')
    await ask('X-Tenant: a')
    expect(await invalidatePage(`${url}/`, { cache })).toBe(true)
    expect(await ask('X-Tenant: b')).toEqual(['in b', 'stored', undefined])
    expect(await ask('X-Tenant: a')).toEqual(['in a', 'stored', 'x-tenant'])
  })

  it('is never kept under strict, unless its Vary says it', async () => {
    const undeclared = await asking(inTenant(undefined), { inputs: 'strict' })
    const declared = await asking(inTenant('X-Tenant'), { inputs: 'strict' })
    for (let round = 0; round < 3; round += 1)
      expect((await undeclared.ask('X-Tenant: a'))[1]).not.toBe('hit')
    await declared.ask('X-Tenant: a')
    expect((await declared.ask('X-Tenant: a'))[1]).toBe('hit')
  })
})
