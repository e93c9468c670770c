import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import { loadAssets } from '../src/http/assets.js'
import { type AuditEntry, dashboard } from '../src/index.js'
import { ask, type BoardOptions, boardSite, OPERATOR, openSession, resultsIn, stateOf } from './support.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function site(options: BoardOptions = {}) {
  const made = boardSite(options)
  closing.push(
    () => made.board.close(),
    () => made.caches.close(),
  )
  return { ...made, url: await serve(made.app) }
}

const json = JSON.stringify
const everything = [
  ['GET', '/cache/'],
  ['GET', '/cache'],
  ['GET', `/cache/assets/${loadAssets().version}/web/main.js`],
  ['GET', `/cache/assets/${loadAssets().version}/dashboard.css`],
  ['GET', '/cache/api/session'],
  ['GET', '/cache/api/state'],
  ['GET', '/cache/api/reasons'],
  ['GET', '/cache/api/live'],
  ['POST', '/cache/api/purge'],
  ['POST', '/cache/api/refresh'],
  ['POST', '/cache/api/check'],
  ['POST', '/cache/api/tag'],
  ['POST', '/cache/api/sample'],
  ['POST', '/cache/api/explain'],
] as const

describe('a client that is not authorized', () => {
  it.each(everything)('gets a 404 for %s %s, as where there is nothing', async (method, path) => {
    const { url } = await site()
    const nothing = await ask(`${url}/nothing`, {}, method)
    const answer = await ask(`${url}${path}`, {}, method, method === 'POST' ? '{}' : undefined)
    expect(answer.status).toBe(404)
    expect(answer.body).toBe(nothing.body.replace('/nothing', path))
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['content-security-policy']).toBe("default-src 'none'")
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    ['answers something other than true', () => 'yes' as unknown as boolean],
    ['answers false', () => false],
  ])('is one for which authorize %s', async (_, authorize) => {
    const { url } = await site({ authorize })
    expect((await ask(`${url}/cache/`, OPERATOR)).status).toBe(404)
  })

  it('is asked of at each request, and the answer of none is stored', async () => {
    const { url, cache } = await site()
    await ask(`${url}/cache/api/state`, OPERATOR)
    expect((await ask(`${url}/cache/api/state`)).status).toBe(404)
    expect((await cache.stats()).stores).toBe(0)
  })

  it('can not be left to chance: authorize is required', () => {
    expect(() => dashboard({} as never)).toThrow(/dashboard\.authorize must be a function/)
    expect(() => dashboard({ authorize: () => true, readonly: true } as never)).toThrow(/readonly.*readOnly/)
    expect(() => dashboard({ authorize: () => true, bus: {} as never })).toThrow(/dashboard\.bus/)
    expect(() => dashboard({ authorize: () => true, maxRoutes: 0 })).toThrow(/dashboard\.maxRoutes/)
  })
})

describe('an action', () => {
  async function audited(options: BoardOptions = {}) {
    const records: AuditEntry[] = []
    const made = await site({ ...options, audit: (entry) => void records.push(entry) })
    return { ...made, records, session: await openSession(made.url) }
  }
  const purge = json({ by: 'url', target: '/page/1' })

  it('purges a page by its URL, a tag and a route, and is recorded', async () => {
    const { url, session, records } = await audited()
    const status = async () => String((await ask(`${url}/page/1`)).headers['cache-status'])
    await status()
    expect(await status()).toMatch(/hit/)
    const answer = await ask(`${url}/cache/api/purge`, session, 'POST', purge)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { said: 'Its pages are purged.' }])
    expect(await status()).toMatch(/uri-miss/)
    const route = json({ by: 'route', target: '/page/:id' })
    await ask(`${url}/cache/api/purge`, session, 'POST', route)
    expect(await status()).not.toMatch(/hit/)
    const tag = json({ by: 'tag', target: 'article', soft: true })
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', tag)).body).toContain('Marked as stale.')
    expect(
      records.map(({ action, by, target, soft, outcome }) => [action, by, target, soft, outcome]),
    ).toEqual([
      ['purge', 'url', '/page/1', false, 'done'],
      ['purge', 'route', '/page/:id', false, 'done'],
      ['purge', 'tag', 'article', true, 'done'],
    ])
    expect(records[0]?.req.headers['x-operator']).toBe('yes')
  })

  it('tells when a tag was invalidated last', async () => {
    const { url, session, cache } = await audited()
    const look = async () =>
      JSON.parse(
        (await ask(`${url}/cache/api/tag`, session, 'POST', json({ tag: 'a', cache: 'default' }))).body,
      )
    expect(await look()).toEqual({})
    await cache.invalidateTags('a', { soft: true })
    expect((await look()).last).toMatchObject({ mode: 'soft', at: expect.any(Number) })
    await cache.invalidateTags('a', 'b')
    expect((await look()).last.mode).toBe('hard')
  })

  it('refreshes a page, and is in no figure', async () => {
    const { url, session } = await audited()
    await ask(`${url}/page/1`)
    const before = resultsIn(await stateOf(url))
    const answer = await ask(`${url}/cache/api/refresh`, session, 'POST', json({ target: '/page/1' }))
    expect(JSON.parse(answer.body)).toEqual({ said: 'Rendered anew, and stored.' })
    expect(resultsIn(await stateOf(url))).toEqual(before)
    expect(String((await ask(`${url}/page/1`)).headers['cache-status'])).toMatch(/hit/)
  })

  it('checks a store', async () => {
    const { url, session } = await audited({ readOnly: true })
    const answer = await ask(`${url}/cache/api/check`, session, 'POST', json({ cache: 'default' }))
    expect(JSON.parse(answer.body)).toEqual({ said: 'The store answers.' })
  })

  it.each([
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a subdomain', { 'sec-fetch-site': 'same-site' }],
    ['from a bookmark', { 'sec-fetch-site': 'none' }],
    ['from another origin, in an old browser', { 'sec-fetch-site': '', origin: 'http://evil.example' }],
    ['from a sandbox', { 'sec-fetch-site': '', origin: 'null' }],
    ['without the token', { 'sitecache-token': '' }],
    ['with the token of another session', { 'sitecache-token': 'A'.repeat(43) }],
    ['without the cookie', { cookie: '' }],
  ])('is refused %s', async (_, other) => {
    const { url, session, records, cache } = await audited()
    const headers = Object.fromEntries(
      Object.entries({ ...session, ...other }).filter(([, value]) => value !== ''),
    )
    await cache.set('kept', 1)
    await ask(`${url}/page/1`)
    const answer = await ask(`${url}/cache/api/purge`, headers, 'POST', purge)
    expect(answer.status).toBe(403)
    expect(records.map(({ outcome }) => outcome)).toEqual(['refused'])
    expect(String((await ask(`${url}/page/1`)).headers['cache-status'])).toMatch(/hit/)
    expect(
      (await ask(`${url}/cache/api/tag`, headers, 'POST', json({ tag: 'a', cache: 'default' }))).status,
    ).toBe(403)
  })

  it('is taken from the origin itself where the browser does not tell the site', async () => {
    const { url, session } = await audited()
    const { 'sec-fetch-site': _, ...rest } = session
    const headers = { ...rest, origin: url }
    expect((await ask(`${url}/cache/api/purge`, headers, 'POST', purge)).status).toBe(200)
  })

  it('is refused where the dashboard is read-only', async () => {
    const { url, session, records } = await audited({ readOnly: true })
    for (const path of ['purge', 'refresh'])
      expect((await ask(`${url}/cache/api/${path}`, session, 'POST', purge)).status).toBe(403)
    expect(records.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  })

  it.each([
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    [json({ by: 'everything', target: '/' }), 400],
    [json({ by: 'url', target: '' }), 400],
    [json({ by: 'url', target: 7 }), 400],
    [json({ by: 'url', target: 'no url' }), 400],
    [json({ by: 'tag', target: 'a', soft: 'yes' }), 400],
    [json({ by: 'tag', target: 'a', cache: 'other' }), 404],
    [json({ by: 'tag', target: 'a', cache: '__proto__' }), 404],
    [json({ by: 'tag', target: 'x'.repeat(70_000) }), 413],
  ])('that is none is answered with its fault: %.40s', async (body, status) => {
    const { url, session } = await audited()
    const answer = await ask(`${url}/cache/api/purge`, session, 'POST', body)
    expect([answer.status, typeof JSON.parse(answer.body).error]).toEqual([status, 'string'])
  })

  it('is not a form', async () => {
    const { url, session } = await audited()
    const headers = { ...session, 'content-type': 'text/plain' }
    expect((await ask(`${url}/cache/api/purge`, headers, 'POST', purge)).status).toBe(415)
  })

  it('is read from what a body parser has left, too', async () => {
    const { url, session } = await audited({ before: (app) => app.use(express.json()) })
    await ask(`${url}/page/1`)
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', purge)).status).toBe(200)
  })

  it('is done though the record of it fails, which makes a warning', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { url } = await site({
      audit: () => {
        throw new Error('no room')
      },
    })
    const session = await openSession(url)
    expect((await ask(`${url}/cache/api/purge`, session, 'POST', purge)).status).toBe(200)
    expect(warnings.mock.calls).toEqual([
      ['dashboard.audit failed: no room', expect.objectContaining({ code: 'SITECACHE_AUDIT' })],
    ])
    warnings.mockRestore()
  })
})

describe('a sample of what is not cached', () => {
  it('has the URL of a request, and of its headers no more than a list allows', async () => {
    const { url } = await site()
    const session = await openSession(url)
    const asked = {
      cookie: 'sid=secret',
      authorization: 'Bearer secret',
      'accept-language': 'fr',
      'x-other': 'secret',
    }
    await ask(`${url}/private?page=2`, asked)
    const fields = json({ cache: 'default', route: '/private', reason: 'private' })
    const { body } = await ask(`${url}/cache/api/sample`, session, 'POST', fields)
    const { sample } = JSON.parse(body)
    expect(sample).toMatchObject({ method: 'GET', url: '/private?page=2', status: 200 })
    expect(sample.headers).toEqual({ 'accept-language': 'fr', host: new URL(url).host })
    expect(sample.masked).toEqual(['cookie', 'authorization', 'x-other', 'connection'])
    expect(body).not.toContain('secret')
    const other = json({ cache: 'default', route: '/other', reason: 'private' })
    expect((await ask(`${url}/cache/api/sample`, session, 'POST', other)).body).toBe('{}')
  })
})

describe('a look-up of a page', () => {
  const asks = async (fields: object) => {
    const { url } = await site()
    const session = await openSession(url)
    await ask(`${url}/page/1`)
    const before = resultsIn(await stateOf(url))
    const answer = await ask(
      `${url}/cache/api/explain`,
      session,
      'POST',
      json({ cache: 'default', ...fields }),
    )
    expect(resultsIn(await stateOf(url))).toEqual(before)
    return answer
  }

  it('tells what would become of it, and is in no figure', async () => {
    const hit = await asks({ target: '/page/1' })
    expect(JSON.parse(hit.body).layers[0].wouldDo.action).toBe('serve')
    const miss = await asks({ target: '/page/2', headers: { 'Accept-Language': 'fr' } })
    expect(JSON.parse(miss.body).layers[0].wouldDo).toMatchObject({ action: 'miss', forward: 'uri-miss' })
  })

  it.each([
    [{ target: '' }],
    [{ target: '/', headers: [] }],
    [{ target: '/', headers: { a: 1 } }],
    [{ target: '/', headers: { 'a\nb': 'x' } }],
    [{ target: '/', headers: { a: 'x\r\ny: z' } }],
    [{ target: '/', method: 'DELETE' }],
    [{ target: 'javascript:alert(1)' }],
    [{ target: 'http://[' }],
  ])('that is none is answered with its fault: %j', async (fields) => {
    const { status, body } = await asks(fields)
    expect([status, typeof JSON.parse(body).error]).toEqual([400, 'string'])
  })
})

describe('the responses of a dashboard', () => {
  it.each(everything.filter(([method]) => method === 'GET').filter(([, path]) => !path.endsWith('live')))(
    'of %s %s are for nobody else, and run nothing inline',
    async (method, path) => {
      const { url } = await site()
      const { headers } = await ask(`${url}${path}`, OPERATOR, method)
      const isAsset = path.includes('/assets/')
      expect(headers['cache-control']).toMatch(
        isAsset ? /^private, max-age=31536000, immutable$/ : /^no-store/,
      )
      expect(headers['content-security-policy']).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      )
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(String(headers['cache-status'] ?? '')).not.toMatch(/stored|hit/)
    },
  )

  it('begin a session in a cookie that scripts and other sites do not get', async () => {
    const { url } = await site()
    const { headers } = await ask(`${url}/cache/`, OPERATOR)
    const [cookie = ''] = headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^sitecache_dashboard=[\w-]{43}; HttpOnly; SameSite=Strict$/)
    const again = await ask(`${url}/cache/`, { ...OPERATOR, cookie: cookie.split(';', 1)[0] ?? '' })
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  it('lead from the path without a slash to that with one, relatively', async () => {
    const { url } = await site()
    const { status, headers } = await ask(`${url}/cache?a=1`, OPERATOR)
    expect([status, headers.location]).toEqual([302, './cache/?a=1'])
  })

  it('are nothing for paths that are none', async () => {
    const { url } = await site()
    for (const path of [
      '/cache/api/',
      '/cache/api/nothing',
      '/cache/assets/x/web/main.js',
      '/cache/assets/',
      '/cache/__proto__',
    ])
      expect((await ask(`${url}${path}`, OPERATOR)).status).toBe(404)
    const above = `/cache/assets/${loadAssets().version}/../package.json`
    expect((await ask(`${url}${above}`, OPERATOR)).status).toBe(404)
    expect((await ask(`${url}/cache/api/purge`, OPERATOR)).status).toBe(404)
    expect((await ask(`${url}/cache/api/state`, OPERATOR, 'PUT')).status).toBe(404)
  })

  it('need no more than 90 KB, compressed', async () => {
    const { gzipSync } = await import('node:zlib')
    const sizes = [...loadAssets().files.values()].map(({ body }) => gzipSync(body).length)
    expect(loadAssets().files.size).toBeGreaterThan(10)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(90_000)
  })
})

describe('the requests of the dashboard itself', () => {
  it('are in no figure, nor are those of outsiders to it', async () => {
    const { url } = await site()
    const session = await openSession(url)
    await ask(`${url}/page/1`)
    for (const [method, path] of everything)
      if (!path.endsWith('live')) {
        await ask(`${url}${path}`, session, method, method === 'POST' ? '{}' : undefined)
        await ask(`${url}${path}`, {}, method)
      }
    const state = await stateOf(url)
    expect(resultsIn(state)).toEqual({ miss: 1 })
    expect(state.routes.map(({ route }) => route)).toEqual(['/page/:id'])
    expect(state.live.map(({ route }) => route)).toEqual(['/page/:id'])
    expect(state.inFlight).toBe(0)
  })
})
