import { describe, expect, it } from '@jest/globals'
import { cachePage, getPageKey, invalidatePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { echo } from '@sitecache/test-support/echo'
import request from '@sitecache/test-support/request'
import express from 'express'
import session from 'express-session'

describe('getPageKey and invalidatePage', () => {
  const url = 'http://site.example/a?b=1'
  const ask = (app: Parameters<typeof request>[0], language = 'de') =>
    request(app).get('/a?b=1').set({ Host: 'site.example', 'Accept-Language': language })

  it('name the key that the page has in the store', async () => {
    const cache = freshCache()
    const { app } = echo({ cache }, () => 'x', ['Accept-Language'])
    expect(await getPageKey({ url }, { cache })).toBeUndefined()
    await ask(app)
    const key = await getPageKey({ url, headers: { 'Accept-Language': 'de' } }, { cache })
    expect(key).toMatch(/^:page:4:[\w-]{43}$/)
    expect(await cache.has(String(key))).toBe(true)
    expect(await getPageKey({ url, headers: { 'accept-language': 'fr' } }, { cache })).toBeUndefined()
    expect(
      await getPageKey({ url, method: 'POST', headers: { 'accept-language': 'de' } }, { cache }),
    ).toBeUndefined()
    expect(await getPageKey({ url: '/a?b=1', headers: { 'accept-language': 'de' } }, { cache })).toBe(key)
  })

  it('name it below middlewares that put something on each request, and a session that holds nothing', async () => {
    const cache = freshCache()
    const app = express()
    app.use(session({ secret: 's', resave: false, saveUninitialized: false }))
    app.use((req, _res, next) => {
      Object.assign(req, { tenant: 'shop', startedAt: Date.now() })
      next()
    })
    app.get('/a', cachePage(60, { cache }), (req, res) => {
      res.send(`hello ${Reflect.get(req.session, 'name') ?? 'guest'}`)
    })
    await request(app).get('/a?b=1').set('Host', 'site.example')
    const key = await getPageKey({ url }, { cache })
    expect([key !== undefined, await cache.has(String(key))]).toEqual([true, true])
  })

  it('drop all variants of a URL, and no other URL', async () => {
    const cache = freshCache()
    const { app, renders } = echo({ cache }, () => 'x', ['Accept-Language'])
    for (const language of ['de', 'fr']) await ask(app, language)
    await request(app).get('/a?b=2').set('Host', 'site.example')
    expect(await invalidatePage(url, { cache })).toBe(true)
    expect(await invalidatePage(url, { cache })).toBe(false)
    for (const language of ['de', 'fr']) await ask(app, language)
    expect(renders()).toBe(5)
    await request(app).get('/a?b=2').set('Host', 'site.example')
    expect(renders()).toBe(5)
  })

  it('take a path for that of every host that was stored', async () => {
    const cache = freshCache()
    const { app, renders } = echo({ cache }, () => 'x')
    expect(await invalidatePage('/a?b=1', { cache })).toBe(false)
    await expect(invalidatePage('a?b=1', { cache })).rejects.toThrow(/absolute URL/)
    await ask(app)
    expect(await invalidatePage('/a?b=1', { cache })).toBe(true)
    await ask(app)
    expect(renders()).toBe(2)
  })

  it('keep out a page whose rendering began before the purge', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache }))
    let content = 'old'
    let purge: (() => Promise<unknown>) | undefined
    app.get('/a', async (_req, res) => {
      const rendered = content
      await purge?.()
      res.send(rendered)
    })
    for (const warm of [false, true]) {
      content = 'old'
      purge = undefined
      if (warm) await ask(app)
      if (warm) await invalidatePage(url, { cache })
      purge = async () => {
        content = 'new'
        await invalidatePage(url, { cache })
        purge = undefined
      }
      expect((await ask(app)).text).toBe('old')
      expect((await ask(app)).text).toBe('new')
      expect((await ask(app)).headers['cache-status']).toMatch(/hit/)
      await invalidatePage(url, { cache })
    }
  })
})
