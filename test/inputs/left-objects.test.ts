import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'

/** Objects by which SDKs of feature flags and sessions say what they hold in a closure. */
const kept: Record<string, (user: string) => object> = {
  'toJSON(), as LaunchDarkly': (user) => ({
    valid: true,
    getFlagValue: () => user,
    toJSON: () => ({ user }),
  }),
  'get()': (user) => ({ get: () => user }),
  'a thenable': (user) => Object.fromEntries([['then', (resolve: (user: string) => void) => resolve(user)]]),
  'toString()': (user) => ({ toString: () => user }),
}

async function shown(held: object): Promise<string> {
  const { toJSON, get } = held as { toJSON?(): { user: string }; get?(name: string): string }
  return toJSON?.().user ?? get?.('user') ?? String(await held)
}

function site(place: string, left: (user: string) => object) {
  const cache = freshCache()
  const guard: RequestHandler = (req, res, next) => {
    res.locals.flags = left(req.cookies.user ?? 'nobody')
    next()
  }
  const handler: RequestHandler = async (_req, res) => void res.send(`for ${await shown(res.locals.flags)}`)
  const app = express()
  if (place === 'cachePage') return app.use(cookieParser(), guard, cachePage(600, { cache }), handler)
  return app.use(updateCache({ cache }), cookieParser(), guard, fetchFromCache(), handler)
}

async function get(app: ReturnType<typeof site>, user: string, path = '/') {
  const { text, headers } = await request(app).get(path).set('Cookie', `user=${user}`)
  return { text, isHit: /hit/.test(String(headers['cache-status'])) }
}

describe.each(['halves', 'cachePage'])('what middlewares leave above %s', (place) => {
  it.each(Object.entries(kept))('is its visitor’s where it tells by %s', async (_name, left) => {
    const app = site(place, left)
    for (const user of ['ann', 'bob'])
      expect(await get(app, user)).toEqual({ text: `for ${user}`, isHit: false })
    for (const user of ['ann', 'bob'])
      expect(await get(app, user)).toEqual({ text: `for ${user}`, isHit: true })
  })

  it('is everybody’s where it is the same object for all', async () => {
    const settings = { get: () => 'all' }
    const app = site(place, () => settings)
    await get(app, 'ann', '/first')
    await get(app, 'ann')
    expect(await get(app, 'bob')).toEqual({ text: 'for all', isHit: true })
  })

  it('splits no page where it is an agent’s measurement of the request, which it looks at itself', async () => {
    class Measurement {}
    const mark = Symbol('transactionInfo')
    let measured: object = {}
    const agent = express().use((req, res, next) => {
      measured = Object.assign(req, { [mark]: new Measurement() })
      Object.assign(res, { [mark]: new Measurement() })
      next()
    })
    const settings = { get: () => `all${Reflect.get(measured, mark) === undefined ? ', unmeasured' : ''}` }
    const app = agent.use(site(place, () => settings))
    await get(app, 'ann', '/first')
    await get(app, 'ann')
    expect(await get(app, 'bob')).toEqual({ text: 'for all', isHit: true })
  })
})
