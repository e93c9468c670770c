import type http from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { askRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import connect from 'connect'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import { namesOn } from '../../../packages/express/src/inputs/response-fields.js'

const nameOf = (req: http.IncomingMessage): string | undefined =>
  /name=(\w+)/.exec(req.headers.cookie ?? '')?.[1]

/** A guard that leaves its visitor on the response. */
const guard = (req: http.IncomingMessage, res: http.ServerResponse, next: () => void): void => {
  const name = nameOf(req)
  if (name !== undefined) Object.assign(res, { visitor: { name }, log: { info() {} } })
  next()
}
const show = (_req: http.IncomingMessage, res: http.ServerResponse): void => {
  const visitor: unknown = Reflect.get(res, 'visitor')
  res.end(`for ${String(Reflect.get(Object(visitor), 'name'))}`)
}
const plain = (_req: http.IncomingMessage, res: http.ServerResponse): void => void res.end('for all')

type Handler = typeof show
const stacks: Record<string, (handler: Handler) => Promise<Ask>> = {
  ...Object.fromEntries(
    Object.entries({ 'Express 5': express, 'Express 4': express4 as unknown as typeof express }).flatMap(
      ([name, make]) => [
        [
          `${name}, halves`,
          (handler: Handler) =>
            twins(
              { update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use },
              (it) =>
                make()
                  .use(it.update as RequestHandler, guard, it.look as RequestHandler)
                  .get('/:item', handler),
            ),
        ],
        [
          `${name}, cachePage`,
          (handler: Handler) =>
            twins({ page: cachePage(60, { cache: freshCache() }) as Use }, ({ page }) =>
              make()
                .use(guard)
                .get('/:item', page as RequestHandler, handler),
            ),
        ],
        [
          `${name}, siteCache`,
          (handler: Handler) =>
            twins({ site: siteCache({ cache: freshCache() }) as Use }, ({ site }) =>
              make()
                .use(site as RequestHandler, guard)
                .get('/:item', handler),
            ),
        ],
      ],
    ),
  ),
  'Connect, halves': (handler) =>
    twins({ update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use }, (it) =>
      connect().use(it.update).use(guard).use(it.look).use(handler),
    ),
}

const cookieOf = (visitor: string | undefined): readonly string[] =>
  visitor === undefined ? [] : [`Cookie: name=${visitor}`]

describe.each(Object.entries(stacks))('what a guard leaves on the response: %s', (name, stack) => {
  it('is in the key of a page that shows it', async () => {
    const ask = await stack(show)
    const answers: string[] = []
    for (const visitor of ['ann', 'bob', undefined, 'ann', undefined, 'bob'])
      answers.push(outcome(await ask('/a', cookieOf(visitor))))
    expect(answers.slice(3)).toEqual(['hit', 'hit', 'hit'])
  })

  it('is not, where no handler shows it', async () => {
    const ask = await stack(plain)
    await ask('/b', cookieOf('ann'))
    // On top the guard's own reading counts.
    expect(outcome(await ask('/b', cookieOf('bob')))).toBe(name.endsWith('siteCache') ? 'stored' : 'hit')
  })
})

describe('a value that a guard has made final', () => {
  it.each([true, false])('is in the key of each page: enumerable %s', async (enumerable) => {
    const final: Handler = (_req, res) => void res.end(`for ${String(Reflect.get(res, 'plan'))}`)
    const layers = { update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use }
    const ask = await twins(layers, ({ update, look }) => {
      const guarded: RequestHandler = (req, res, next) => {
        Object.defineProperty(res, 'plan', { value: nameOf(req), enumerable })
        next()
      }
      return express()
        .use(update as RequestHandler, guarded, look as RequestHandler)
        .get('/:item', final)
    })
    for (const visitor of ['ann', 'bob', undefined]) await ask('/a', cookieOf(visitor))
    expect(outcome(await ask('/a', cookieOf('ann')))).toBe('hit')
  })
})

describe('a response as Node and Express make it', () => {
  const names: string[] = []
  const look = (_req: http.IncomingMessage, res: http.ServerResponse): void => {
    names.push(...namesOn(res))
    res.end()
  }

  it.each<[string, http.RequestListener]>([
    ['node:http', look],
    ['Express 5', express().use(look)],
    ['Express 4', express4().use(look)],
    ['Connect', connect().use(look)],
  ])('has nothing on it that a middleware has left: %s', async (_, listener) => {
    const url = await serve(listener)
    await askRaw('GET', url, '/', ['Host: a.example', 'Expect: 100-continue'])
    await askRaw('GET', url, '/', ['Host: a.example'])
    expect(names).toEqual([])
  })
})
