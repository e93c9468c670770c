import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, type SiteOptions, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type Express, type Request, type RequestHandler } from 'express'
import express4 from 'express4'

const nameOf = ({ headers }: Request): string | undefined => /name=(\w+)/.exec(headers.cookie ?? '')?.[1]
const cookieOf = (name: string | undefined): readonly string[] => (name ? [`Cookie: name=${name}`] : [])

/** The user on `app.locals`, as some tutorials have it: the next request overwrites it. */
const putsUser: RequestHandler = (req, _res, next) => {
  req.app.locals.user = nameOf(req) && { name: nameOf(req) }
  next()
}
const showsUser: RequestHandler = (req, res) => void res.send(`for ${req.app.locals.user?.name}`)

const halves = (
  make: typeof express,
  above: RequestHandler,
  handlers: Record<string, RequestHandler>,
  options: SiteOptions = {},
): Promise<Ask> => {
  const layers = {
    update: updateCache({ cache: freshCache(), ...options }) as Use,
    look: fetchFromCache() as Use,
  }
  return twins(layers, ({ update, look }) => {
    const app = make().use(update as RequestHandler, above, look as RequestHandler) as Express
    app.locals.motto = 'for all'
    for (const [path, handler] of Object.entries(handlers)) app.get(path, handler)
    return app
  })
}

const versions = Object.entries({ '5': express, '4': express4 as unknown as typeof express })

describe.each(versions)('what a middleware leaves on app.locals, on Express %s', (_version, make) => {
  it('is its visitor’s, from the first request on', async () => {
    const ask = await halves(make, putsUser, { '/': showsUser })
    const answers: string[] = []
    for (const name of ['ann', 'bob', undefined, 'bob', 'ann', undefined])
      answers.push(outcome(await ask('/', cookieOf(name))))
    expect(answers).toEqual(['stored', 'stored', 'stored', 'hit', 'hit', 'hit'])
  })

  it('is none of a page that another request’s value has met while it was made', async () => {
    const waiting: (() => void)[] = []
    const waits: RequestHandler = (req, res, next) =>
      nameOf(req) === 'ann' ? void waiting.push(() => showsUser(req, res, next)) : showsUser(req, res, next)
    const ask = await halves(make, putsUser, { '/': waits })
    const anns = ask('/', cookieOf('ann'))
    while (waiting.length < 2) await new Promise(setImmediate)
    await ask('/', cookieOf('bob'))
    for (const go of waiting) go()
    // Wrong without a cache too: but once, and not from then on.
    expect(outcome(await anns)).not.toBe('hit')
    const again = ask('/', cookieOf('ann'))
    while (waiting.length < 4) await new Promise(setImmediate)
    for (const go of waiting.slice(2)) go()
    expect((await again).body.toString()).toContain('for ann')
  })

  it('splits no pages where it is the same for all, or a handler’s own', async () => {
    const title: RequestHandler = (req, res) => {
      req.app.locals.title = req.path
      res.send(`${req.app.locals.title}, ${req.app.locals.motto}`)
    }
    const ask = await halves(make, (_req, _res, next) => next(), { '/a': title, '/b': title })
    for (const path of ['/a', '/b']) expect(outcome(await ask(path))).toBe('stored')
    for (const path of ['/b', '/a']) expect(outcome(await ask(path))).toBe('hit')
  })

  it('counts for nothing where the option ignore names it', async () => {
    const counts: RequestHandler = (req, _res, next) => {
      req.app.locals.requests = Number(req.app.locals.requests ?? 0) + 1
      next()
    }
    const page: RequestHandler = (_req, res) => void res.send('for all')
    const ask = await halves(make, counts, { '/': page }, { ignore: ['locals:requests'] })
    expect([outcome(await ask('/')), outcome(await ask('/'))]).toEqual(['stored', 'hit'])
  })
})
