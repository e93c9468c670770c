import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { addCacheTags, invalidatePage, invalidateTags, siteCache } from '@sitecache/express'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import express from 'express'
import { gate, plain, serve, settle, site, storeStale, times } from './gated-renders.js'

describe('a render that comes to nothing', () => {
  it('that was asked for by who hangs up is asked for again, once', async () => {
    const { handler, begun, release, state } = gate(plain)
    const answers = await serve(site(handler), async (url, came) => {
      const leader = askInVain(url)
      await begun(1)
      const asked = times(50, () => ask(url))
      await came(51)
      leader.destroy()
      await begun(2)
      await settle()
      expect(state.renders).toBe(2)
      release()
      release()
      return Promise.all(asked)
    })
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['render 2']))
  })

  it.each<[string, (req: IncomingMessage, res: ServerResponse, render: number) => unknown]>([
    ['a 500', (_q, res, render) => res.writeHead(render === 1 ? 500 : 200).end(`render ${render}`)],
    [
      'a connection that breaks',
      (_q, res, render) => (render === 1 ? res.destroy() : res.end(`render ${render}`)),
    ],
    [
      'a body shorter than announced',
      (_q, res, render) => {
        if (render === 1) res.setHeader('Content-Length', '100')
        res.write(`render ${render}`)
        if (render === 1) return res.destroy()
        return res.end()
      },
    ],
  ])('by %s fails nobody else', async (_name, answer) => {
    const { handler, begun, release, state } = gate(answer)
    const answers = await serve(site(handler), async (url, came) => {
      const leader = ask(url).catch(() => undefined)
      await begun(1)
      const asked = times(50, () => ask(url))
      await came(51)
      release()
      await leader
      await begun(2)
      await settle()
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(2)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 render 2']))
  })

  it('by errors each time is shown to all, who wait for it twice at the most', async () => {
    const rendering: (() => void)[] = []
    const app = express().use(siteCache({ cache: freshCache() }))
    app.use((_req, _res, next) => {
      rendering.push(() => next(new Error('broken')))
    })
    app.use((_error: unknown, _q: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500).end('broken')
    })
    const answers = await serve(app, async (url, came) => {
      const asked = times(100, () => ask(url))
      await came(100)
      // The first, one of those who waited for it, and then all who are left, side by side.
      for (const count of [1, 1, 98]) {
        while (rendering.length < count) await settle()
        expect(rendering).toHaveLength(count)
        for (const fail of rendering.splice(0)) fail()
      }
      return Promise.all(asked)
    })
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500]))
  })

  it('by an error has the stale page stand in for all', async () => {
    const { handler, begun, release, state } = gate((_req, res, render) => {
      res.setHeader('Cache-Control', 'max-age=60')
      res.statusCode = render === 1 ? 200 : 503
      res.end(`render ${render}`)
    })
    const answers = await serve(site(handler, { policy: 'rfc9111' }), async (url, came) => {
      await storeStale(url, { begun, release })
      const asked = times(30, () => ask(url))
      await begun(2)
      await came(31)
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(2)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 render 1']))
  })

  it('that hangs lets the others go after lockTimeout, and holds up nobody who comes later', async () => {
    const { handler, begun, releaseAll } = gate(plain)
    await serve(site(handler, { lockTimeout: 0.4 }), async (url) => {
      const asked = times(5, () => ask(url))
      await begun(5)
      const later = ask(url)
      await begun(6)
      releaseAll()
      await Promise.all([...asked, later])
    })
  })
})

describe('a page that is nobody else’s', () => {
  it.each<[string, Record<string, string>]>([
    ['private', { 'Cache-Control': 'private' }],
    ['no-store', { 'Cache-Control': 'no-store' }],
    ['Set-Cookie', { 'Set-Cookie': 'a=b' }],
    ['Vary: *', { Vary: '*' }],
  ])(
    '%s: those who waited render at once and side by side, and nobody waits again for a while',
    async (_name, headers) => {
      const { handler, begun, release, releaseAll, state } = gate((_req, res, render) => {
        res.writeHead(200, headers).end(`render ${render}`)
      })
      await serve(site(handler), async (url, came) => {
        const asked = times(20, () => ask(url))
        await begun(1)
        await came(20)
        release()
        await begun(20)
        releaseAll()
        const bodies = (await Promise.all(asked)).map(({ body }) => body)
        expect(new Set(bodies).size).toBe(20)
        const more = times(10, () => ask(url))
        await begun(30)
        releaseAll()
        await Promise.all(more)
        passSeconds(11)
        const last = times(10, () => ask(url))
        await begun(31)
        await came(40)
        expect(state.renders).toBe(31)
        release()
        await begun(40)
        releaseAll()
        await Promise.all(last)
      })
    },
  )

  it('lets those who wait go when its head has shown it, not when it ends', async () => {
    const open: ServerResponse[] = []
    const app = site((_req, res) => {
      res.writeHead(200, { 'Cache-Control': 'private' }).write('begun')
      open.push(res)
    })
    await serve(app, async (url) => {
      const asked = times(3, () => ask(url))
      while (open.length < 3) await new Promise((resolve) => setTimeout(resolve, 2))
      for (const res of open) res.end()
      await Promise.all(asked)
    })
  })

  it('lets them go when it has become too long to keep', async () => {
    const open: ServerResponse[] = []
    const app = site(
      (_req, res) => {
        res.write('x'.repeat(2000))
        open.push(res)
      },
      { maxBodyBytes: 1000 },
    )
    await serve(app, async (url) => {
      const asked = times(3, () => ask(url))
      while (open.length < 3) await new Promise((resolve) => setTimeout(resolve, 2))
      for (const res of open) res.end()
      await Promise.all(asked)
    })
  })
})

describe('a purge', () => {
  it('parts who came before it from who came after: nobody gets what began before', async () => {
    const cache = freshCache()
    const { handler, begun, release, state } = gate(plain)
    await serve(site(handler, { cache }), async (url, came) => {
      const before = times(10, () => ask(url))
      await begun(1)
      await came(10)
      await invalidatePage('http://site.example/page', { cache })
      const after = times(10, () => ask(url))
      await begun(2)
      await came(20)
      expect(state.renders).toBe(2)
      release()
      await settle()
      release()
      expect(new Set((await Promise.all(after)).map(({ body }) => body))).toEqual(new Set(['render 2']))
      const first = (await Promise.all(before)).map(({ body }) => body)
      expect(first.filter((body) => body === 'render 1')).toHaveLength(1)
    })
    expect(state.renders).toBe(2)
  })

  it('nor does it by tag, though only the page says what its tags are', async () => {
    const cache = freshCache()
    const { handler, begun, release, state } = gate(plain)
    await serve(site(handler, { cache, tags: () => ['articles'] }), async (url, came) => {
      const before = times(10, () => ask(url))
      await begun(1)
      await came(10)
      await invalidateTags('articles', { cache })
      const after = times(10, () => ask(url))
      await came(20)
      release()
      await begun(2)
      await settle()
      release()
      expect(new Set((await Promise.all(after)).map(({ body }) => body))).toEqual(new Set(['render 2']))
      expect(new Set((await Promise.all(before)).map(({ body }) => body))).toEqual(new Set(['render 1']))
    })
    expect(state.renders).toBe(2)
  })
})

describe('a purge by tag', () => {
  it('parts them too: who comes after it gets no page that began before', async () => {
    const cache = freshCache()
    const { handler, begun, release } = gate((_req, res, render) => {
      addCacheTags(res, 'news')
      res.end(`render ${render}`)
    })
    await serve(site(handler, { cache }), async (url, came) => {
      const before = ask(url)
      await begun(1)
      await cache.invalidateTags('news')
      const after = times(5, () => ask(url))
      await came(6)
      release()
      expect((await before).body).toBe('render 1')
      await begun(2)
      release()
      expect(new Set((await Promise.all(after)).map(({ body }) => body))).toEqual(new Set(['render 2']))
    })
  })
})
