import { describe, expect, it } from '@jest/globals'
import { cacheControl, cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express from 'express'

/** Seconds for which a page is given from the cache. */
async function lifetimeOf(app: Parameters<typeof request>[0]): Promise<string | undefined> {
  await request(app).get('/')
  const { headers } = await request(app).get('/')
  return /hit; ttl=(\d+)/.exec(String(headers['cache-status']))?.[1]
}

describe('RFC 9213: one route, three caches', () => {
  const told = { cdn: { maxAge: 3600 }, sitecache: { maxAge: 86_400 } }

  it.each(['django', 'rfc9111'] as const)('each is told its own, policy %s', async (policy) => {
    const app = express().use(siteCache({ cache: freshCache(), policy }))
    app.get('/', cacheControl({ maxAge: 60 }, told), (_req, res) => res.send('x'))
    const first = await request(app).get('/')
    const hit = await request(app).get('/')
    for (const { headers } of [first, hit]) {
      expect(headers['cache-control']).toBe('max-age=60')
      expect(headers['cdn-cache-control']).toBe('max-age=3600')
      expect(headers['sitecache-cache-control']).toBeUndefined()
    }
    expect(hit.headers['cache-status']).toMatch(/ttl=86400$/)
  })

  it.each(['above', 'below'])('is never sent on, with the wrapper %s cachePage', async (place) => {
    const wrapper = cacheControl({}, { sitecache: { maxAge: 30 } })
    const page = cachePage(undefined, { cache: freshCache(), policy: 'rfc9111' })
    const app = express().get(
      '/',
      ...(place === 'above' ? [wrapper, page] : [page, wrapper]),
      (_req, res) => {
        res.send('x')
      },
    )
    const answers = [await request(app).get('/'), await request(app).get('/')]
    for (const { headers } of answers) expect(headers['sitecache-cache-control']).toBeUndefined()
  })

  it.each([
    ['a POST', (app: express.Express) => request(app).post('/')],
    ['a request that is skipped', (app: express.Express) => request(app).get('/').set('X-Skip', '1')],
    ['a page', (app: express.Express) => request(app).get('/')],
  ])('is not sent on to %s either, when a handler sets it', async (_name, ask) => {
    const skip = (req: { headers: Record<string, unknown> }): boolean => req.headers['x-skip'] !== undefined
    for (const layers of [
      [siteCache({ cache: freshCache(), skip })],
      [updateCache({ cache: freshCache(), skip }), fetchFromCache()],
    ]) {
      const app = express().use(...layers)
      app.all('/', (_req, res) => res.set('Sitecache-Cache-Control', 'max-age=5').send('x'))
      const { headers, text } = await ask(app)
      expect([text, headers['sitecache-cache-control']]).toEqual(['x', undefined])
    }
  })

  it('reaches both layers of a site and a route', async () => {
    const [outer, inner] = [freshCache(), freshCache()]
    const app = express().use(siteCache({ cache: outer }))
    app.get('/', cachePage(undefined, { cache: inner, policy: 'rfc9111' }), (_req, res) =>
      res.set('Sitecache-Cache-Control', 'max-age=45').send('x'),
    )
    await request(app).get('/')
    const { headers } = await request(app).get('/')
    expect(headers['cache-status']).toMatch(/ttl=45/)
  })
})

describe('CDN-Cache-Control', () => {
  const page = (options: Parameters<typeof site>[1], value = 'max-age=30') =>
    site(
      (_req, res) => res.set({ 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': value }).send('x'),
      options,
    ).app

  it("is obeyed under policy 'rfc9111', and where it is asked for", async () => {
    expect(await lifetimeOf(page({ policy: 'rfc9111' }))).toBe('30')
    expect(await lifetimeOf(page({ targetedFields: ['CDN-Cache-Control'] }))).toBe('30')
    expect(await lifetimeOf(page({}))).toBe('60')
    expect(await lifetimeOf(page({ policy: 'rfc9111', targetedFields: [] }))).toBe('60')
  })

  it.each(['max-age=30, &&', 'max-age = 30', ''])(
    'is ignored where it is no dictionary: %p',
    async (value) => {
      expect(await lifetimeOf(page({ policy: 'rfc9111' }, value))).toBe('60')
    },
  )

  it('keeps its word when a 304 brings the page up to date', async () => {
    const { app } = site(
      (req, res) => {
        res.set({ 'Cache-Control': 'max-age=60', ETag: '"v1"' })
        if (req.fresh) return res.status(304).end()
        return res.set('Sitecache-Cache-Control', 'max-age=30').send('x')
      },
      { policy: 'rfc9111' },
    )
    await request(app).get('/')
    passSeconds(31)
    await request(app).get('/')
    expect((await request(app).get('/')).headers['cache-status']).toMatch(/hit; ttl=30/)
  })
})

describe('cacheControl', () => {
  it.each([
    [{ browser: { maxAge: 1 } }, /cdn, sitecache or the name of a field.*'browser'/],
    [{ cdn: { maxAge: -1 } }, /cacheControl\.cdn\.maxAge must be seconds/],
    [{ sitecache: { public: true, private: true } }, /exclude each other/],
  ])('refuses %p when it is made', (targeted, message) => {
    expect(() => cacheControl({}, targeted)).toThrow(message)
  })
})

describe('private and no-cache with fields (RFC 9111 §5.2.2.4, §5.2.2.7)', () => {
  it('keep those fields from other visitors', async () => {
    const { app, renders } = site(
      (_req, res) =>
        res
          .set({
            'Cache-Control': 'max-age=60, private="X-Mine", no-cache="Set-Cookie"',
            'X-Mine': 'secret',
            'X-All': 'yes',
          })
          .cookie('a', 'b')
          .send('x'),
      { policy: 'rfc9111', setCookie: 'store' },
    )
    expect((await request(app).get('/')).headers['x-mine']).toBe('secret')
    const { headers } = await request(app).get('/')
    expect([headers['x-all'], headers['x-mine'], headers['set-cookie']]).toEqual([
      'yes',
      undefined,
      undefined,
    ])
    expect(renders()).toBe(1)
  })
})
