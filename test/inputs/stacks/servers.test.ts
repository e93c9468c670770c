import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, describe, jest } from '@jest/globals'
import { fetchFromCache, type SiteOptions, siteCache, updateCache } from '@sitecache/express'
import connect from 'connect'
import express, { type RequestHandler } from 'express'
import { Hono } from 'hono'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { reactRouter, svelteKit } from '../frameworks/applications.js'
import { type Kit, mustHit, paths, type Stack } from '../support/stack.js'

// The first test of a framework builds its application, unless it was built before.
jest.setTimeout(120_000)

const closing: (() => unknown)[] = []
afterAll(() => {
  for (const close of closing) close()
})

/** Proxy in front of an application that shows nothing of its visitors. */
async function proxy({ rendered }: Kit): Promise<RequestHandler> {
  const upstream = createServer((req, res) => {
    const path = req.url ?? '/'
    if (req.method === 'GET') rendered(path)
    res.setHeader('Content-Type', 'text/plain').end(`page ${path}`)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  closing.push(
    () => upstream.close(),
    () => upstream.closeAllConnections(),
  )
  const { port } = upstream.address() as AddressInfo
  return createProxyMiddleware({ target: `http://127.0.0.1:${port}` })
}

/** Counts the renders of a framework, which has no page for what is posted. */
const counted = (handler: RequestHandler, { rendered }: Kit): RequestHandler => {
  return (req, res, next) => {
    if (req.method !== 'GET') return res.end('in')
    rendered(req.url)
    return handler(req, res, next)
  }
}

const fetchStyle = ({ rendered }: Kit): RequestHandler => {
  return async (req, res) => {
    const request = new Request(`http://site.example${req.url}`, {
      headers: new Headers(req.headers as never),
    })
    if (req.method === 'GET') rendered(req.url)
    res.end(`page ${new URL(request.url).pathname}`)
  }
}

const hono = ({ rendered }: Kit): RequestHandler => {
  const app = new Hono()
  for (const path of paths)
    app.get(path, (context) => {
      rendered(path)
      return context.text(`page ${path}`)
    })
  app.post('/sign-in', (context) => context.text('in'))
  return getRequestListener(app.fetch) as unknown as RequestHandler
}

type Make = (kit: Kit) => RequestHandler | Promise<RequestHandler>

const onExpress = (
  name: string,
  make: Make,
  more: Partial<Stack> = {},
  options: SiteOptions = {},
): Stack => ({
  name: `${name}, siteCache`,
  build: async (kit) => express().use(siteCache({ ...options, caches: kit.caches }), await make(kit)),
  ...more,
})

const onConnect = (name: string, make: Make, more: Partial<Stack> = {}): Stack => ({
  name: `${name} on Connect, between`,
  build: async (kit) => {
    const app = connect()
      .use(updateCache({ caches: kit.caches }))
      .use(fetchFromCache())
    return app.use((await make(kit)) as never)
  },
  ...more,
})

const plain: Partial<Stack> = { paths: ['/plain', '/plain?page=2'], shows: 'plain page' }
/** SvelteKit looks at the Origin of each request: the visitors send none, or one of two. */
const byOrigin = { ...plain, renders: { '/plain': 3, '/plain?page=2': 3 } }
/** React Router's server entry looks at the User-Agent, to wait for the whole page where a robot asks. */
const robots = {
  buckets: { 'user-agent': (agent: string | undefined) => (/bot/i.test(agent ?? '') ? 'bot' : '') },
}
const inSvelteKit: Make = async (kit) => counted(await svelteKit(), kit)
const inReactRouter: Make = async (kit) => counted(await reactRouter(), kit)

const stacks: readonly Stack[] = [
  onExpress('http-proxy-middleware', proxy),
  onConnect('http-proxy-middleware', proxy),
  onExpress('Hono', hono),
  onConnect('Hono', hono),
  onExpress('a framework that copies all fields into a Request', fetchStyle),
  onConnect('a framework that copies all fields into a Request', fetchStyle),
  onExpress('SvelteKit', inSvelteKit, byOrigin),
  onConnect('SvelteKit', inSvelteKit, byOrigin),
  onExpress('React Router', inReactRouter, plain, robots),
]

describe('servers that read all fields of a request have hits for pages that show none of them', () => {
  mustHit(stacks)
})
