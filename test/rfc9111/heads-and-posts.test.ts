import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express from 'express'

const options = { policy: 'rfc9111' } as const

describe('RFC 9111 §4.3.5: a HEAD for a stale page', () => {
  const page = (changed: Record<string, string>) => {
    let asked = 0
    return site((req, res) => {
      asked += 1
      res.set({ 'Cache-Control': 'max-age=60', 'X-Count': String(asked), 'Content-Length': '4' })
      if (req.method === 'HEAD') res.set(changed)
      res.end('page')
    }, options)
  }

  it('brings it up to date where both describe the same', async () => {
    const { app, renders } = page({ 'X-New': 'yes' })
    await request(app).get('/')
    passSeconds(61)
    await request(app).head('/')
    const after = await request(app).get('/')
    expect([after.text, after.headers['x-count'], after.headers['x-new']]).toEqual(['page', '2', 'yes'])
    expect(after.headers['cache-status']).toMatch(/^sitecache; hit/)
    expect(renders()).toBe(2)
  })

  it.each([{ 'Content-Length': '5' }, { 'Cache-Control': 'no-store' }])(
    'drops it otherwise: %p',
    async (changed) => {
      const { app, renders } = page(changed as unknown as Record<string, string>)
      await request(app).get('/')
      passSeconds(61)
      await request(app).head('/')
      expect((await request(app).get('/')).headers['cache-status']).not.toMatch(/hit/)
      expect(renders()).toBe(3)
    },
  )

  it('is answered from the page that a 304 brought up to date', async () => {
    const { app, renders } = site((_req, res) => res.set('Cache-Control', 'max-age=60').send('page'), options)
    await request(app).get('/')
    passSeconds(61)
    const head = await request(app).head('/')
    expect([head.status, head.headers['content-length'], head.text ?? '']).toEqual([200, '4', ''])
    expect((await request(app).get('/')).text).toBe('page')
    expect(renders()).toBe(2)
  })
})

describe('RFC 9110 §9.3.3: a POST that has what its URL has', () => {
  const posts = (headers: Record<string, string>, policy: 'django' | 'rfc9111' = 'rfc9111', status = 200) => {
    const app = express().use(siteCache({ cache: freshCache(), policy }))
    app.post('/a', (_req, res) => res.status(status).set(headers).send('posted'))
    app.get('/a', (_req, res) => res.send('got'))
    return app
  }
  const described = { 'Cache-Control': 'max-age=60', 'Content-Location': '/a' }

  it('answers later GETs', async () => {
    const app = posts(described)
    await request(app).get('/a')
    await request(app).post('/a')
    const after = await request(app).get('/a')
    expect([after.text, after.headers['cache-status']]).toEqual(['posted', expect.stringMatching(/hit/)])
    await request(app).post('/a')
    expect((await request(app).get('/a')).text).toBe('posted')
  })

  it.each<[string, ReturnType<typeof posts>]>([
    ['no word of how long it is fresh', posts({ 'Content-Location': '/a' })],
    ['another Content-Location', posts({ ...described, 'Content-Location': '/b' })],
    ['no Content-Location', posts({ 'Cache-Control': 'max-age=60' })],
    ['no-store', posts({ ...described, 'Cache-Control': 'max-age=60, no-store' })],
    ['Set-Cookie', posts({ ...described, 'Set-Cookie': 'a=b' })],
    ['status 201', posts(described, 'rfc9111', 201)],
    ["policy 'django'", posts(described, 'django')],
  ])('does not with %s', async (_name, app) => {
    await request(app).post('/a')
    expect((await request(app).get('/a')).text).toBe('got')
  })

  it('does not for somebody who shows who they are', async () => {
    const app = posts(described)
    await request(app).post('/a').set('Authorization', 'Basic x')
    expect((await request(app).get('/a')).text).toBe('got')
  })
})
