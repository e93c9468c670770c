import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type Request, type RequestHandler } from 'express'
import express4 from 'express4'
import { pinoHttp } from 'pino-http'

const nameOf = ({ headers }: Request): string | undefined => /name=(\w+)/.exec(headers.cookie ?? '')?.[1]

/** What a guard puts where parsers, the router and loggers keep theirs, and a handler that shows it. */
interface Guard {
  readonly put: (req: Request, name: string) => void
  readonly show: (req: Request) => unknown
}

const guards: Record<string, Guard> = {
  'req.id': {
    put: (req, name) => void Object.assign(req, { id: name }),
    show: (req) => Reflect.get(req, 'id'),
  },
  'req.body': {
    put: (req, name) => void Object.assign(req, { body: { ...req.body, userId: name } }),
    show: (req) => req.body?.userId,
  },
  'req.query': {
    put: (req, name) => {
      const value = { ...req.query, tenant: name }
      Object.defineProperty(req, 'query', { value, configurable: true, enumerable: true, writable: true })
    },
    show: (req) => req.query.tenant,
  },
  'req.query, changed': {
    put: (req, name) => void Object.assign(req.query, { tenant: name }),
    show: (req) => req.query.tenant,
  },
  'req.params': {
    put: (req, name) => void Object.assign(req.params, { owner: name }),
    show: (req) => req.params.owner,
  },
}

const middlewareOf =
  ({ put }: Guard): RequestHandler =>
  (req, _res, next) => {
    const name = nameOf(req)
    if (name !== undefined) put(req, name)
    next()
  }
const handlerOf =
  ({ show }: Guard): RequestHandler =>
  (req, res) =>
    void res.send(`by ${String(show(req))}`)

type Make = typeof express
const versions: readonly (readonly [string, Make])[] = [
  ['5', express],
  ['4', express4 as unknown as Make],
]

const halves = (make: Make, above: readonly RequestHandler[], handler: RequestHandler): Promise<Ask> => {
  const layers = { update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use }
  return twins(layers, ({ update, look }) => {
    const app = make().use(update as RequestHandler, ...above, look as RequestHandler)
    return app.get('/:item', handler)
  })
}
const atRoute = (make: Make, above: readonly RequestHandler[], handler: RequestHandler): Promise<Ask> =>
  twins({ page: cachePage(60, { cache: freshCache() }) as Use }, ({ page }) =>
    make().get('/:item', ...above, page as RequestHandler, handler),
  )

const places = { 'fetchFromCache()': halves, 'cachePage()': atRoute }

describe.each(versions)('what a guard puts there, on Express %s', (_version, make) => {
  describe.each(Object.entries(places))('above %s', (_place, build) => {
    it.each(Object.entries(guards))('is its visitor’s: %s', async (_name, guard) => {
      const ask = await build(make, [middlewareOf(guard)], handlerOf(guard))
      for (const path of ['/a', '/a?x=1', '/ann', '/a?tenant=ann'])
        for (const name of ['ann', 'bob', 'nobody', 'ann'])
          await ask(path, name === 'nobody' ? [] : [`Cookie: name=${name}`])
    })

    it('splits no pages where it is the URL’s', async () => {
      const shows: RequestHandler = (req, res) =>
        void res.send(JSON.stringify([req.params, req.query, req.body ?? {}]))
      const above = [make.json(), make.urlencoded({ extended: true })]
      const ask = await build(make, above, shows)
      const path = '/a%20b?x=1&x=2&y[z]=%C3%A9'
      expect(outcome(await ask(path, ['Cookie: name=ann']))).toBe('stored')
      expect(outcome(await ask(path, ['Cookie: name=bob']))).toBe('hit')
    })
  })
})

describe('the id that pino-http gives a request', () => {
  const log = pinoHttp({ level: 'silent' })
  const shows: RequestHandler = (req, res) => {
    const id: unknown = Reflect.get(req, 'id')
    res.send(typeof id === 'string' ? id : 'an id')
  }

  it('splits no pages', async () => {
    const ask = await halves(express, [log], shows)
    expect(outcome(await ask('/a'))).toBe('stored')
    expect(outcome(await ask('/a'))).toBe('hit')
  })

  it('is another where a guard puts its own', async () => {
    const guard = middlewareOf({ put: (req, name) => void Object.assign(req, { id: name }), show: () => '' })
    const ask = await halves(express, [log, guard], shows)
    for (const lines of [['Cookie: name=ann'], ['Cookie: name=bob'], []]) await ask('/a', lines)
  })
})
