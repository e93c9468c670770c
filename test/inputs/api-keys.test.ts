import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, type PageOptions, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type RequestHandler } from 'express'
import passport from 'passport'
import { HeaderAPIKeyStrategy } from 'passport-headerapikey'

const places: Record<string, (options: PageOptions, guard: RequestHandler) => RequestHandler[]> = {
  'updateCache() and fetchFromCache()': (options, guard) => [updateCache(options), guard, fetchFromCache()],
  'cachePage()': (options, guard) => [guard, cachePage(600, options)],
}

/** A site whose visitors are signed in by a key in a header; all others are nobody. */
function site(place: string, header: string, options: PageOptions = {}) {
  const auth = new passport.Passport()
  type Done = (error: Error | null, user?: object) => void
  const userOf = (key: string, done: Done) =>
    done(null, key.startsWith('key-') ? { name: key.slice(4) } : undefined)
  auth.use(new HeaderAPIKeyStrategy({ header, prefix: '' }, false, userOf))
  const guard: RequestHandler = (req, res, next) =>
    auth.authenticate('headerapikey', { session: false }, (_error: unknown, user: object | false) => {
      if (user !== false) Reflect.set(req, 'user', user)
      next()
    })(req, res, next)
  const middlewares = places[place]?.({ cache: freshCache(), ...options }, guard) ?? []
  const app = express().use(...middlewares, (req, res) => {
    res.send(`for ${Reflect.get(Object(Reflect.get(req, 'user')), 'name')}`)
  })
  return async (sent: Record<string, string>) => {
    const { text, headers } = await request(app).get(`/${Math.random()}`).set(sent)
    return { text, vary: String(headers.vary) }
  }
}

describe.each(Object.keys(places))('nobody’s page, where %s is below a guard', (place) => {
  it('says by Vary that a key of an API chooses', async () => {
    const get = site(place, 'X-API-Key')
    expect(await get({})).toEqual({ text: 'for undefined', vary: 'Authorization, Cookie, X-Api-Key' })
  })

  it.each<[string, PageOptions]>([
    ['signed in', {}],
    ['named', { visitor: (req) => Reflect.get(Object(Reflect.get(req, 'user')), 'name') as string }],
  ])('says it of a header of any name, once a visitor was %s by it', async (_how, options) => {
    const get = site(place, 'Shop-Token', options)
    await get({ 'Shop-Token': 'wrong', 'X-Other': 'a' })
    expect((await get({})).vary).toBe('Authorization, Cookie, X-Api-Key')
    expect((await get({ 'Shop-Token': 'key-ann' })).text).toBe('for ann')
    expect(await get({})).toEqual({
      text: 'for undefined',
      vary: 'Authorization, Cookie, shop-token, X-Api-Key',
    })
  })

  it('says no more of it than a few names, whatever visitors send', async () => {
    const get = site(place, 'X-API-Key')
    const invented = Array.from({ length: 30 }, (_, i) => [`x-invented-${i}`, '1'])
    await get({ 'X-API-Key': 'key-ann', ...Object.fromEntries(invented) })
    expect((await get({})).vary.split(', ').length).toBeLessThan(12)
  })
})

describe.each(Object.keys(places))('a page that reads a session, where %s is below a guard', (place) => {
  /** As SuperTokens, whose tokens come in a cookie or in Authorization. */
  const guardOf = (session: object | undefined): RequestHandler => {
    return (req, _res, next) => {
      Reflect.set(req, 'session', session)
      next()
    }
  }

  it.each([
    ['left for some alone', undefined, 'Authorization, Cookie, X-Api-Key'],
    ['of a cookie, and empty', { cookie: {} }, 'Cookie'],
  ])('says by Vary what may choose one that is %s', async (_name, session, vary) => {
    const middlewares = places[place]?.({ cache: freshCache() }, guardOf(session)) ?? []
    const app = express().use(...middlewares, (req, res) => {
      res.send(`for ${Reflect.get(Object(Reflect.get(req, 'session')), 'user')}`)
    })
    expect((await request(app).get('/')).headers.vary).toBe(vary)
  })
})
