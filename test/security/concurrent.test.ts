import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createCaches, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import express, { type Request, type RequestHandler } from 'express'
import fc from 'fast-check'

type WithUser = Request & { user?: { name: string } }

const signIn: RequestHandler = (req, _res, next) => {
  const name = /name=(\w+)/.exec(req.headers.cookie ?? '')?.[1]
  if (name !== undefined) (req as WithUser).user = { name }
  next()
}

/** Pages that take some turns of the event loop to render, each for those alone whom it is for. */
const handlers: Readonly<Record<string, RequestHandler>> = {
  'that vary': async (req, res) => {
    await turns(req)
    res.vary('Accept-Language').vary('X-A').send(own(req))
  },
  'that learn what they vary by from one request to the next': async (req, res) => {
    await turns(req)
    res.vary('X-A')
    if (req.headers['accept-language'] !== undefined) res.vary('Accept-Language')
    res.vary('Accept-Language').send(own(req))
  },
  'that are private': async (req, res) => {
    await turns(req)
    res.set('Cache-Control', 'private').send(own(req))
  },
  'that set cookies': async (req, res) => {
    await turns(req)
    res.cookie('a', req.headers['x-a'] ?? '').send(own(req))
  },
  'that vary by everything': async (req, res) => {
    await turns(req)
    res.vary('*').send(own(req))
  },
  'that fail, or break off': async (req, res) => {
    await turns(req)
    res.vary('Accept-Language').vary('X-A')
    if (req.headers['x-a'] === '2') return void res.status(500).send(own(req))
    res.send(own(req))
  },
}

function own(req: Request): string {
  return `${req.url} in ${req.headers['accept-language']} for ${req.headers['x-a']} ${(req as WithUser).user?.name}`
}

async function turns(req: Request): Promise<void> {
  for (let i = Number(req.headers['x-turns'] ?? 0); i > 0; i -= 1) await turn()
}

const visitor = fc.record({
  path: fc.constantFrom('/', '/other'),
  language: fc.constantFrom(undefined, 'de', 'fr'),
  a: fc.constantFrom(undefined, '1', '2'),
  name: fc.constantFrom(undefined, undefined, 'ada', 'bob'),
  turns: fc.nat(6),
})

const stores = {
  'a store of this process': freshCache,
  'a store that answers by promises': () =>
    createCaches({ default: { store: new ByteStore() } }).get('default'),
}

describe.each(Object.entries(stores))('many at once, with %s', (_store, makeCache) => {
  it.each(Object.entries(handlers))(
    'get each their own of pages %s',
    async (_name, handler) => {
      await fc.assert(
        fc.asyncProperty(fc.array(visitor, { minLength: 2, maxLength: 10 }), async (visitors) => {
          const url = await serve(
            express()
              .use(updateCache({ cache: makeCache() }), signIn, fetchFromCache())
              .use(handler),
          )
          for (let round = 0; round < 2; round += 1) {
            await Promise.all(
              visitors.map(async ({ path, language, a, name, turns: count }) => {
                const lines = [
                  `X-Turns: ${count}`,
                  ...(language === undefined ? [] : [`Accept-Language: ${language}`]),
                  ...(a === undefined ? [] : [`X-A: ${a}`]),
                  ...(name === undefined ? [] : [`Cookie: name=${name}`]),
                ]
                const response = await getRaw(url, path, ['Host: a', ...lines])
                expect(bodyOf(response).toString()).toBe(`${path} in ${language} for ${a} ${name}`)
              }),
            )
          }
        }),
        { numRuns: 20 },
      )
    },
    60_000,
  )
})

describe('a visitor who hangs up while others wait for the same page', () => {
  it('leaves them with a whole page', async () => {
    let renders = 0
    let release: (value: unknown) => void = () => undefined
    const gone = new Promise((resolve) => {
      release = resolve
    })
    const app = express().use(siteCache({ cache: freshCache() }))
    app.use(async (req, res) => {
      renders += 1
      res.write('first half, ')
      if (renders === 1) {
        req.socket.once('close', release)
        await gone
      }
      res.end('second half')
    })
    const url = await serve(app)
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    await once(socket, 'data')
    const waiting = Array.from({ length: 5 }, () => getRaw(url, '/', ['Host: a']))
    await turn()
    socket.destroy()
    for (const response of await Promise.all(waiting))
      expect(bodyOf(response).toString()).toBe('first half, second half')
    expect(bodyOf(await getRaw(url, '/', ['Host: a'])).toString()).toBe('first half, second half')
  })
})
