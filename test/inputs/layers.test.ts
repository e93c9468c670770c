import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import type { Cache } from '@sitecache/core'
import { cachePage, type PageOptions, type SiteOptions, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request, type Response } from 'express'

type Show = (req: Request, res: Response) => unknown

/** A site's cache over a route's, each in a cache of its own. */
class Layers {
  readonly outer: Cache = freshCache()
  readonly inner: Cache = freshCache()
  readonly #app: Express = express()
  renders = 0

  constructor(show: Show, page: PageOptions = {}, site: SiteOptions = {}) {
    this.#app.use((req, _res, next) => unseen.run(String(req.headers['x-user']), next))
    this.#app.use(siteCache({ timeout: 60, ...site, cache: this.outer }))
    this.#app.use(cookieParser())
    this.#app.get('/', cachePage(60, { ...page, cache: this.inner }), (req, res) => {
      this.renders += 1
      return show(req, res)
    })
  }

  async ask(headers: Record<string, string>) {
    const { text, headers: told } = await request(this.#app).get('/').set('Host', 'site.example').set(headers)
    await Promise.all([this.outer.idle(), this.inner.idle()])
    return {
      text,
      told: told as IncomingHttpHeaders,
      isHit: /^sitecache; hit/.test(String(told['cache-status'])),
    }
  }

  /** Asks for each, one after another, and answers what they were told. */
  async texts(all: readonly Record<string, string>[]): Promise<string[]> {
    const texts: string[] = []
    for (const headers of all) texts.push((await this.ask(headers)).text)
    return texts
  }
}

/** What no watch sees. */
const unseen = new AsyncLocalStorage<string>()
const theme: Show = (req, res) => res.send(`in ${req.cookies.theme}`)
const cookie = (text: string) => ({ Cookie: text })
const [dark, light] = [cookie('theme=dark'), cookie('theme=light')]

describe('a route’s cache below a site’s', () => {
  it('teaches it what the page depends on that it answers with', async () => {
    const layers = new Layers(theme)
    expect(await layers.texts([dark, light, dark, light])).toEqual([
      'in dark',
      'in light',
      'in dark',
      'in light',
    ])
    await layers.outer.clear()
    // The handler runs no more: what the site's cache learns comes with the stored pages.
    expect(await layers.texts([dark, light, cookie('a=1')])).toEqual(['in dark', 'in light', 'in undefined'])
    expect(layers.renders).toBe(3)
    expect((await layers.ask(cookie('theme=dark; other=1'))).isHit).toBe(true)
    expect((await layers.ask(dark)).told.vary).toBe('Cookie')
  })

  it('teaches it what its key parts are made of', async () => {
    const show: Show = (_req, res) => res.send(`for ${unseen.getStore()}`)
    const layers = new Layers(show, { keyParts: (req) => [String(req.headers['x-user'])] })
    const all = [{ 'x-user': 'ada' }, { 'x-user': 'bob' }, { 'x-user': 'ada' }]
    expect(await layers.texts(all)).toEqual(['for ada', 'for bob', 'for ada'])
    await layers.outer.clear()
    expect(await layers.texts(all)).toEqual(['for ada', 'for bob', 'for ada'])
    expect(layers.renders).toBe(2)
  })

  it('keeps a visitor’s page out of it', async () => {
    const show: Show = (_req, res) => res.send(`for ${unseen.getStore()}`)
    const layers = new Layers(show, { visitor: (req) => req.headers['x-user'] as string | undefined })
    const all = [{ 'x-user': 'ada' }, { 'x-user': 'bob' }, { 'x-user': 'ada' }, {}, { 'x-user': 'bob' }]
    for (let round = 0; round < 2; round += 1) {
      expect(await layers.texts(all)).toEqual(['for ada', 'for bob', 'for ada', 'for undefined', 'for bob'])
      await layers.outer.clear()
    }
    expect(layers.renders).toBe(3)
  })

  it('teaches it by a stale page, and by one that a 304 freshens', async () => {
    const tagged: Show = (req, res) => {
      res.set('Cache-Control', 'max-age=1, stale-while-revalidate=30')
      theme(req, res)
    }
    for (const page of [{ staleWhileRevalidate: 30 }, { policy: 'rfc9111' }, {}] satisfies PageOptions[]) {
      const layers = new Layers(tagged, page, { policy: 'rfc9111' })
      await layers.texts([dark, light])
      passSeconds(5)
      await layers.outer.clear()
      expect(await layers.texts([dark, light, dark])).toEqual(['in dark', 'in light', 'in dark'])
    }
  })

  it('teaches it by a page that a request waited for', async () => {
    let open = () => {}
    const held = new Promise<void>((resolve) => {
      open = resolve
    })
    const show: Show = async (req, res) => {
      await held
      theme(req, res)
    }
    const layers = new Layers(show, {}, { coalesce: false })
    const all = [dark, dark, light, light].map((headers) => layers.ask(headers))
    while (layers.renders === 0) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve))
    open()
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual([
      'in dark',
      'in dark',
      'in light',
      'in light',
    ])
    expect(await layers.texts([light, dark, {}])).toEqual(['in light', 'in dark', 'in undefined'])
  })
})

describe('Vary', () => {
  const site = (show: Show, options: SiteOptions = {}) => new Layers(show, { storeIf: () => false }, options)

  it('names Cookie for one cookie that a handler reads, which alone chooses the page', async () => {
    const layers = site(theme)
    await layers.ask(cookie('theme=dark; visits=1'))
    const second = await layers.ask(cookie('theme=dark; visits=2'))
    expect([second.text, second.isHit, second.told.vary]).toEqual(['in dark', true, 'Cookie'])
  })

  it('chooses by the whole field where the application itself names it', async () => {
    const layers = site((req, res) => theme(req, res.vary('Cookie')))
    await layers.ask(cookie('theme=dark; visits=1'))
    expect((await layers.ask(cookie('theme=dark; visits=2'))).isHit).toBe(false)
    expect((await layers.ask(cookie('theme=dark; visits=1'))).isHit).toBe(true)
  })

  it('chooses by the one cookie also after a 304 has freshened the page', async () => {
    let asked = 0
    const layers = site(
      (req, res) => {
        asked += 1
        theme(req, res.set({ 'Cache-Control': 'max-age=1', ETag: '"1"' }))
      },
      { policy: 'rfc9111' },
    )
    await layers.ask(cookie('theme=dark; visits=1'))
    passSeconds(5)
    const freshened = await layers.ask(cookie('theme=dark; visits=2'))
    expect([freshened.text, asked]).toEqual(['in dark', 2])
    expect((await layers.ask(cookie('theme=dark; visits=3'))).isHit).toBe(true)
  })

  it('declares what a page reads under inputs: strict', async () => {
    const strict = { inputs: 'strict' } as const
    const silent = site((req, res) => res.send(`hello ${req.get('x-user')}`), strict)
    const first = await silent.ask({ 'x-user': 'ada' })
    expect(first.told['cache-status']).toContain('detail=inputs')
    const open = site((req, res) => theme(req, res.vary('Cookie')), strict)
    await open.ask(dark)
    expect((await open.ask(dark)).isHit).toBe(true)
  })
})
