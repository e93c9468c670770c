import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import type { ErrorRequestHandler, Request } from 'express'
import { loadAssets } from '../src/http/assets.js'
import { dashboard } from '../src/index.js'
import { servedBoard } from './served-board.js'
import { ask, OPERATOR, openSession, resultsIn, stateOf } from './support.js'

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

/** Asks over the connection of an agent. */
async function told(url: string, agent: Agent) {
  const [res] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  return { status: res.statusCode, body: await text(res) }
}

describe('a client that is not authorized', () => {
  it.each(everything)('gets a 404 for %s %s, as where there is nothing', async (method, path) => {
    const { url } = await servedBoard()
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
    const { url } = await servedBoard({ authorize })
    expect((await ask(`${url}/cache/`, OPERATOR)).status).toBe(404)
  })

  it('gets the answer that authorize gives itself, on a connection that stays', async () => {
    const failures: unknown[] = []
    const { app, url } = await servedBoard({
      authorize: (req) => {
        void (req as Request).res?.redirect('/login')
        return false
      },
    })
    app.use(((error, _req, _res, next) => next(failures.push(error))) as ErrorRequestHandler)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const path of ['/cache/', '/cache/api/live', '/page/1'])
      expect((await told(url + path, agent)).status).toBe(path === '/page/1' ? 200 : 302)
    agent.destroy()
    expect(failures).toEqual([])
  })

  it('is asked of at each request, and the answer of none is stored', async () => {
    const { url, cache } = await servedBoard()
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

describe('the responses of a dashboard', () => {
  it.each(everything.filter(([method]) => method === 'GET').filter(([, path]) => !path.endsWith('live')))(
    'of %s %s are for nobody else, and run nothing inline',
    async (method, path) => {
      const { url } = await servedBoard()
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
    const { url } = await servedBoard()
    const { headers } = await ask(`${url}/cache/`, OPERATOR)
    const [cookie = ''] = headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^sitecache_dashboard=[\w-]{43}; HttpOnly; SameSite=Strict$/)
    const again = await ask(`${url}/cache/`, { ...OPERATOR, cookie: cookie.split(';', 1)[0] ?? '' })
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  it('lead from the path without a slash to that with one, relatively', async () => {
    const { url } = await servedBoard()
    const { status, headers } = await ask(`${url}/cache?a=1`, OPERATOR)
    expect([status, headers.location]).toEqual([302, './cache/?a=1'])
  })

  it('are nothing for paths that are none', async () => {
    const { url } = await servedBoard()
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
    const { url } = await servedBoard()
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
