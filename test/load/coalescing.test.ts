import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import {
  addCacheTags,
  createCaches,
  dummyStore,
  fetchFromCache,
  invalidatePage,
  invalidateTags,
  type SiteOptions,
  siteCache,
  updateCache,
} from '@sitecache/express'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import express from 'express'

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** A handler whose renders wait to be let go, one by one. */
function gate(answer: (req: IncomingMessage, res: ServerResponse, render: number) => unknown) {
  const waiting: (() => void)[] = []
  const state = { renders: 0 }
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    state.renders += 1
    const render = state.renders
    waiting.push(() => void answer(req, res, render))
  }
  /** Resolves when so many renders have begun since the first. */
  const begun = async (count: number): Promise<void> => {
    while (state.renders < count) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const release = (): void => waiting.shift()?.()
  return { handler, begun, release, state, releaseAll: () => times(waiting.length, release) }
}

/** Lets requests that have arrived come to where they wait: in this process nothing else takes time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const plain = (_req: IncomingMessage, res: ServerResponse, render: number): unknown =>
  res.end(`render ${render}`)

/** @param use is given the URL, and what waits until so many requests, all told, have come and wait */
async function serve<T>(
  app: RequestListener,
  use: (url: string, came: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  let requests = 0
  const { url, close } = await listen((req, res) => {
    requests += 1
    app(req, res)
  })
  const came = async (count: number): Promise<void> => {
    while (requests < count) await new Promise((resolve) => setTimeout(resolve, 2))
    await settle()
  }
  try {
    return await use(`${url}/page`, came)
  } finally {
    await close()
  }
}

const site = (handler: RequestListener, options: SiteOptions = {}): RequestListener =>
  express().use(siteCache({ cache: freshCache(), ...options }), handler as express.RequestHandler)

describe.each(frameworks)('1000 requests for one cold page on $name', ({ build }) => {
  it('have it rendered once', async () => {
    const { handler, begun, release, state } = gate(plain)
    const app = build([siteCache({ cache: freshCache(), lockTimeout: 30 })], handler)
    const answers = await serve(app, async (url, came) => {
      const asked = times(1000, () => ask(url))
      await begun(1)
      await came(1000)
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(1)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 render 1']))
    const collapsed = answers.filter(({ cacheStatus }) =>
      /fwd=uri-miss; collapsed; ttl=\d+$/.test(cacheStatus),
    )
    expect(collapsed).toHaveLength(999)
  }, 30_000)
})

describe('those who wait', () => {
  it('are waited for by updateCache() and fetchFromCache() too', async () => {
    const { handler, begun, release, state } = gate(plain)
    const app = express().use(updateCache({ cache: freshCache() }), fetchFromCache(), handler)
    await serve(app, async (url, came) => {
      const asked = times(20, () => ask(url))
      await begun(1)
      await came(20)
      release()
      await Promise.all(asked)
    })
    expect(state.renders).toBe(1)
  })

  it('get no page of another variant', async () => {
    const { handler, begun, release, state } = gate((req, res, render) => {
      res.setHeader('Vary', 'X-Kind')
      res.end(`${String(req.headers['x-kind'])} by render ${render}`)
    })
    const answers = await serve(site(handler), async (url, came) => {
      const asked = times(60, (i) => ask(url, { 'X-Kind': `kind ${i % 3}` }))
      await begun(1)
      await came(60)
      release()
      // Now it is known what they vary by: the others wait for their own.
      await begun(3)
      await settle()
      release()
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(3)
    for (const [i, { body }] of answers.entries()) expect(body).toContain(`kind ${i % 3} by`)
  })

  it('each variant on its own, once it is known what the page varies by', async () => {
    const { handler, begun, release, releaseAll, state } = gate((req, res) => {
      res.setHeader('Vary', 'X-Kind')
      res.end(String(req.headers['x-kind']))
    })
    await serve(site(handler, { timeout: 60 }), async (url, came) => {
      const first = ask(url, { 'X-Kind': 'none' })
      await begun(1)
      release()
      await first
      const asked = times(40, (i) => ask(url, { 'X-Kind': `kind ${i % 4}` }))
      await begun(5)
      await came(41)
      expect(state.renders).toBe(5)
      releaseAll()
      await Promise.all(asked)
    })
  })

  it('wait for one to ask whether a stale page still holds', async () => {
    const { handler, begun, release, state } = gate((req, res) => {
      res.setHeader('ETag', '"v1"')
      res.setHeader('Cache-Control', 'max-age=60')
      if (req.headers['if-none-match'] === '"v1"') return res.writeHead(304).end()
      return res.end('page')
    })
    const answers = await serve(site(handler, { policy: 'rfc9111' }), async (url, came) => {
      const first = ask(url)
      await begun(1)
      release()
      await first
      passSeconds(61)
      const asked = times(50, () => ask(url))
      await begun(2)
      await came(51)
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(2)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 page']))
  })

  it('are not there for who asks for nothing stored, or a part', async () => {
    const { handler, begun, releaseAll, state } = gate(plain)
    await serve(site(handler, { policy: 'rfc9111' }), async (url) => {
      const asked = [ask(url), ask(url, { 'Cache-Control': 'no-cache' }), ask(url, { Range: 'bytes=0-1' })]
      await begun(3)
      releaseAll()
      await Promise.all(asked)
    })
    expect(state.renders).toBe(3)
  })

  it('render by themselves without coalesce', async () => {
    const { handler, begun, releaseAll } = gate(plain)
    await serve(site(handler, { coalesce: false }), async (url) => {
      const asked = times(10, () => ask(url))
      await begun(10)
      releaseAll()
      await Promise.all(asked)
    })
  })
})

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
      const first = ask(url)
      await begun(1)
      release()
      await first
      passSeconds(61)
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

describe('a store that keeps nothing', () => {
  it('has the page rendered once for all who wait', async () => {
    const cache = createCaches({ default: { store: dummyStore() } }).get('default')
    const { handler, begun, release, state } = gate(plain)
    await serve(site(handler, { cache }), async (url, came) => {
      const asked = times(100, () => ask(url))
      await begun(1)
      await came(100)
      release()
      expect(new Set((await Promise.all(asked)).map(({ body }) => body))).toEqual(new Set(['render 1']))
    })
    expect(state.renders).toBe(1)
  })
})

describe('a request that passes one layer twice', () => {
  const twice: Readonly<Record<string, (app: express.Express) => unknown>> = {
    'fetchFromCache()': (app) =>
      app.use(updateCache({ cache: freshCache(), lockTimeout: '1h' }), fetchFromCache(), fetchFromCache()),
    'siteCache()': (app) => {
      const layer = siteCache({ cache: freshCache(), lockTimeout: '1h' })
      app.use(layer, layer)
    },
  }

  it.each(Object.entries(twice))('does not wait for itself: %s', async (_, use) => {
    const app = express()
    use(app)
    app.get('/page', (_req, res) => void res.send('page'))
    const site = await listen(app)
    try {
      expect((await ask(`${site.url}/page`)).body).toBe('page')
      expect((await ask(`${site.url}/page`)).cacheStatus).toMatch(/; hit/)
    } finally {
      await site.close()
    }
  })
})
