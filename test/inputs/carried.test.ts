import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { cached } from '@sitecache/core'
import { Holes } from '@sitecache/core/internal'
import type { Request, RequestHandler, Response } from 'express'
import express from 'express'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { Watched } from './watched.js'

type Fill = (req: Request) => string | Promise<string>
type Use = (req: Request, res: Response) => unknown

const tick = () => new Promise((resolve) => setImmediate(resolve))
const user = cached(async (req: Request) => {
  await tick()
  return String(Reflect.get(req, 'account'))
})
const language = cached((req: Request) =>
  new Headers(req.headers as Record<string, string>).get('accept-language'),
)
const watches: Watched[] = []
afterEach(() => {
  for (const watched of watches.splice(0)) watched.stop()
})

/** Answers what counts for a page with a hole, when the hole is filled first and the handler goes on. */
async function countedOf(fill: Fill, use: Use, before: RequestHandler = (_req, _res, next) => next()) {
  const app = express()
  const holes = new Holes()
  holes.define('hole', fill)
  app.use(before, (req, res, next) => {
    Object.assign(req, { account: 'ada', seller: undefined })
    Object.assign(res.locals, { cart: undefined })
    watches.push(new Watched(req, res))
    next()
  })
  app.get('/', async (req, res) => {
    await holes.fill('hole', req, (_, error) => expect(error).toBeUndefined())
    await use(req, res)
    res.json(watches.at(-1)?.read)
  })
  const { body } = await ask(await serve(app as RequestListener), { 'X-U': 'ada' })
  return JSON.parse(body)
}

const nothing: Use = () => {}
function leave(req: Request): string {
  if (req.res !== undefined) req.res.locals.cart = req.headers['x-u']
  return ''
}

const text = async (value: unknown) => typeof (await value)

describe('the page depends on', () => {
  const everything = ['authorization', 'cookie:*', 'header:*']
  const cases: [string, Fill, Use, string[]][] = [
    ['nothing that only its hole reads', (req) => String(req.headers['x-u']), nothing, []],
    ['what cached() read in a hole, once it uses the value', user, (req) => user(req), ['req:account']],
    ['nothing of a value that only a hole uses', user, nothing, []],
    [
      'a promise that a hole left on the request',
      (req) => text(Reflect.set(req, 'promise', user(req))),
      (req) => Reflect.get(req, 'promise'),
      ['req:account'],
    ],
    [
      'a local that a hole left, after it waited',
      async (req) => {
        await tick()
        return leave(req)
      },
      (_req, res) => res.locals.cart,
      ['x-u'],
    ],
    [
      'all locals, where a hole left one',
      (req) => leave(req),
      (_req, res) => ({ ...res.locals }),
      ['locals:*', 'x-u'],
    ],
    [
      'a property of the request that a hole has changed, after it waited',
      async (req) => {
        await tick()
        return text(Object.assign(req, { seller: req.headers['x-u'] }))
      },
      (req) => Reflect.get(req, 'seller'),
      ['x-u'],
    ],
    [
      'nothing of a local that it has set itself since',
      (req) => leave(req),
      (_req, res) => {
        res.locals.cart = 1
        return res.locals.cart
      },
      [],
    ],
    [
      'what was read by name of a copy of the headers, in a hole',
      (req) => String(language(req)),
      language,
      ['accept-language', ...everything.slice(2), 'copy'].sort(),
    ],
  ]
  it.each(cases)('%s', async (_, fill, use, expected) => {
    expect(await countedOf(fill, use)).toEqual(expected)
  })

  it('whole visitors, where a value was computed above the cache', async () => {
    const above: RequestHandler = (req, _res, next) => void user(req).then(() => next())
    expect(await countedOf(user, nothing, above)).toEqual([])
    expect(await countedOf(user, (req) => user(req), above)).toEqual(everything)
  })
})
