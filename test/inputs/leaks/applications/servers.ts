import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import type { RequestHandler } from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { handler, type Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byField, byPost, greetBySession, greeting, nameIn, sessions, signIn } from './people.js'

type Fetch = (request: Request) => Response | Promise<Response>

/** Application that answers as a server of its own, mounted as the handler of the page. */
function mounted(
  name: string,
  people: { a: Person; b: Person },
  page: () => RequestHandler | Promise<RequestHandler>,
): Leaky {
  return { name, ...people, make: async (): Promise<Parts> => ({ page: await page() }) }
}

const userField = byField('X-User', 'ada', 'bob')
const bearer = byField('Authorization', 'Bearer ada', 'Bearer bob')

/** Framework that makes a Request of all fields, and writes what its function answers. */
const fetchStyle = (fetch: Fetch): RequestHandler =>
  handler(async (req, res) => {
    const headers = new Headers(req.headers as Record<string, string>)
    const response = await fetch(new Request(`http://site.example${req.url}`, { headers }))
    response.headers.forEach((value, name) => {
      res.setHeader(name, value)
    })
    res.status(response.status).end(await response.text())
  })

const inFetchStyle: readonly Leaky[] = [
  mounted('a framework that copies all fields into a Request, a cookie', byCookie, () =>
    fetchStyle(({ headers }) => new Response(greeting(nameIn(headers.get('cookie'))))),
  ),
  mounted('a framework that copies all fields into a Request, a field', userField, () =>
    fetchStyle(({ headers }) => new Response(greeting(headers.get('x-user') ?? undefined))),
  ),
  mounted('a framework whose function copies the Request again', byCookie, () =>
    fetchStyle((request) => {
      const again = new Request(request, { headers: new Headers([...request.headers]) })
      return new Response(greeting(nameIn(again.headers.get('cookie'))))
    }),
  ),
]

const hono = (name: string, people: { a: Person; b: Person }, use: (app: Hono) => unknown): Leaky =>
  mounted(`Hono, ${name}`, people, () => {
    const app = new Hono()
    use(app)
    return getRequestListener(app.fetch) as unknown as RequestHandler
  })

const inHono: readonly Leaky[] = [
  hono('getCookie()', byField('Cookie', 'user=ada', 'user=bob'), (app) =>
    app.get('/page', (c) => c.text(greeting(getCookie(c, 'user')))),
  ),
  hono('a field by c.req.header()', userField, (app) =>
    app.get('/page', (c) => c.text(greeting(c.req.header('x-user')))),
  ),
  hono('all fields by c.req.header()', userField, (app) =>
    app.get('/page', (c) => c.text(greeting(c.req.header()['x-user']))),
  ),
  hono('the user that a middleware puts on its context', bearer, (app) => {
    app.use(async (c, next) => {
      c.set('user' as never, c.req.header('authorization')?.slice(7) as never)
      await next()
    })
    app.get('/page', (c) => c.text(greeting(c.get('user' as never) as string | undefined)))
  }),
]

/** The part of graphql-yoga that is used; its own types bring those of browsers with them. */
interface Yoga {
  createSchema(schema: object): object
  createYoga(options: object): (req: unknown, res: unknown) => Promise<unknown>
}
const yogaModule: string = 'graphql-yoga'

function yoga(
  name: string,
  people: { a: Person; b: Person },
  me: (headers: Headers) => string | undefined,
): Leaky {
  return mounted(`graphql-yoga, ${name}`, people, async () => {
    const { createSchema, createYoga } = (await import(yogaModule)) as Yoga
    const resolve = (_parent: unknown, _args: unknown, context: { request: Request }): string =>
      greeting(me(context.request.headers))
    const schema = createSchema({
      typeDefs: 'type Query { greeting: String! }',
      resolvers: { Query: { greeting: resolve } },
    })
    const server = createYoga({ schema, graphqlEndpoint: '/page', logging: false })
    return handler((req, res) => {
      req.url = `/page?query=${encodeURIComponent('{ greeting }')}`
      return server(req, res)
    })
  })
}

const inYoga: readonly Leaky[] = [
  yoga('a resolver that reads a cookie', byCookie, (headers) => nameIn(headers.get('cookie'))),
  yoga('a resolver that reads a field', userField, (headers) => headers.get('x-user') ?? undefined),
]

/** Application of another process, as far as the proxy in front of it knows; its answers can be kept under RFC 9111 too. */
async function proxied(
  show: (headers: Headers) => string | undefined,
  options: { xfwd?: boolean } = {},
): Promise<Parts> {
  const upstream = createServer((req, res) => {
    const name = show(new Headers(req.headers as Record<string, string>))
    res.setHeader('Cache-Control', 'max-age=60').setHeader('Content-Type', 'text/plain').end(greeting(name))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  upstream.unref()
  const { port } = upstream.address() as AddressInfo
  const page = createProxyMiddleware({ target: `http://127.0.0.1:${port}`, ...options })
  return { page, close: () => upstream.close() }
}

const inProxies: readonly Leaky[] = [
  {
    name: 'http-proxy-middleware, a cookie',
    ...byCookie,
    make: () => proxied((headers) => nameIn(headers.get('cookie'))),
  },
  {
    name: 'http-proxy-middleware, a token',
    ...bearer,
    make: () => proxied((headers) => headers.get('authorization') ?? undefined),
  },
  {
    name: 'http-proxy-middleware, a field',
    ...userField,
    make: () => proxied((headers) => headers.get('x-user') ?? undefined),
  },
  {
    name: 'http-proxy-middleware, the address of the client that it sends on',
    ...byField('X-Forwarded-For', 'ada', 'bob'),
    hits: [],
    make: () => proxied((headers) => headers.get('x-forwarded-for') ?? undefined, { xfwd: true }),
  },
]

const inOthers: readonly Leaky[] = [
  {
    name: 'Express 4 with a session, mounted',
    ...byPost('/sign-in'),
    make: () => {
      const own = sessions()
      const app = express4().use(own).get('/page', handler(greetBySession))
      const posted = handler((req, res, next) => own(req as never, res, () => signIn(req, res, next)))
      return { actions: { '/sign-in': posted as never }, page: app, mounted: true }
    },
  },
  {
    name: 'Connect with cookie-parser, mounted',
    ...byField('Cookie', 'name=ada', 'name=bob'),
    make: () => {
      const app = connect()
        .use(cookieParser() as never)
        .use((req, res) => {
          const { cookies } = req as unknown as { cookies: Record<string, string> }
          res.end(greeting(cookies.name))
        })
      return { page: app as unknown as RequestHandler, mounted: true }
    },
  },
]

export const serverApplications: readonly Leaky[] = [
  ...inFetchStyle,
  ...inHono,
  ...inYoga,
  ...inProxies,
  ...inOthers,
]
