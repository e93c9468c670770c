import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import {
  cachePage,
  fetchFromCache,
  SettingsError,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import { frameworks } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express, { type Request } from 'express'

const explainTo = {
  authorize: (req: Pick<Request, 'headers'>) => req.headers['sitecache-explain'] === 'token',
}

/** RFC 9651: tokens, numbers and strings. */
const listMember = /^sitecache(?:; [a-z]+=(?:-?\d+|[a-z][\w-]*|"(?:[ !#-[\]-~]|\\["\\])*"))+$/

const ask = (app: RequestListener, token = 'token') =>
  request(app).get('/page').set('Accept-Language', 'secret-language').set('Sitecache-Explain', token)

describe('Sitecache-Explain', () => {
  it.each(frameworks.map(({ name, build }) => [name, build] as const))(
    'tells a request that may ask what becomes of it: %s',
    async (_, build) => {
      const cache = freshCache()
      const app = build([siteCache({ cache, explain: explainTo })], (req, res) => {
        res.setHeader('Vary', 'Accept-Language')
        res.end(req.headers['accept-language'])
      })
      const first = await ask(app)
      const second = await ask(app)
      expect(first.headers['sitecache-explain']).toMatch(
        /^sitecache; action=miss; fwd=uri-miss; variants=0; max=100; policy=django; key="[\w-]{43}"; remedy=/,
      )
      expect(second.headers['sitecache-explain']).toMatch(
        /^sitecache; action=serve; last=stored; variants=1; max=100; ttl=600; age=0; lifetime=600; source=site; policy=django; key="[\w-]{43}"; depends="accept-language"$/,
      )
      for (const { headers, text } of [first, second]) {
        expect(headers['sitecache-explain']).toMatch(listMember)
        expect(headers['sitecache-explain']).not.toContain('secret')
        expect(text).toBe('secret-language')
      }
      expect(second.headers['cache-status']).toBe('sitecache; hit; ttl=600')
      // Nobody gets it from a stored page.
      const plain = await request(app).get('/page').set('Accept-Language', 'secret-language')
      expect(plain.headers['cache-status']).toBe('sitecache; hit; ttl=600')
      expect(plain.headers).not.toHaveProperty('sitecache-explain')
    },
  )

  it.each([
    ['another token', explainTo, 'other'],
    ['no authorize', undefined, 'token'],
    ['authorize that throws', { authorize: () => JSON.parse('secret') }, 'token'],
    ['authorize that rejects', { authorize: () => Promise.reject(new Error('secret')) }, 'token'],
    ['authorize that answers a no later', { authorize: async () => false }, 'token'],
  ])('tells nothing, and nothing of itself: %s', async (_, explain, token) => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache, ...(explain && { explain }) }))
    app.get('/page', (_req, res) => res.send('x'))
    const asked = await ask(app, token)
    await cache.clear()
    const plain = await request(app).get('/page')
    expect(Object.keys(asked.headers)).toEqual(Object.keys(plain.headers))
    expect(asked.status).toBe(200)
  })

  it('tells of each layer, with the names of Cache-Status, and of a bypass', async () => {
    const cache = freshCache()
    const app = express().use(
      updateCache({ cache, explain: explainTo, skip: (req: Request) => req.query.skip === '1' }),
    )
    app.use(fetchFromCache())
    app.get('/page', cachePage('1m', { cache, explain: explainTo, headers: 'all' }), (_req, res) =>
      res.send('x'),
    )
    const names = async (url: string): Promise<readonly string[]> => {
      const { headers } = await request(app).get(url).set('Sitecache-Explain', 'token')
      const members = String(headers['sitecache-explain']).split(/, (?=sitecache)/)
      return members.map((member) => member.replace(/; action=(\w+).*/, ' $1'))
    }
    expect(await names('/page')).toEqual(['sitecache miss', 'sitecache/page miss'])
    expect(await names('/page')).toEqual(['sitecache serve'])
    expect(await names('/page?skip=1')).toEqual(['sitecache bypass', 'sitecache/page miss'])
    const plain = await request(app).get('/page?skip=1')
    expect(plain.headers).not.toHaveProperty('sitecache-explain')
  })

  it.each(frameworks.map(({ name, build }) => [name, build] as const))(
    'leaves errors of a handler to its framework: %s',
    async (_, build) => {
      const app = build([siteCache({ cache: freshCache(), explain: explainTo })], () => {
        throw new Error('of the handler')
      })
      const { status } = await ask(app)
      expect(status).toBe(500)
    },
  )

  it('works in front of an application, and counts as no input where all headers are read', async () => {
    const cache = freshCache()
    const inner = express().get('/page', (req, res) => res.send(Object.keys({ ...req.headers }).join()))
    const app = withSiteCache(inner, { cache, explain: { authorize: () => true } })
    await request(app).get('/page')
    expect((await request(app).get('/page').set('Sitecache-Explain', 'x')).headers['cache-status']).toMatch(
      /hit/,
    )
  })

  it.each([true, 'token', {}, { authorize: 'token' }, { authorize: () => true, token: 'x' }])(
    'refuses explain: %j',
    (explain) => {
      expect(() => siteCache({ explain } as never)).toThrow(SettingsError)
      expect(() => siteCache({ explain } as never)).toThrow(/\{ authorize\(req\) \}/)
    },
  )
})
