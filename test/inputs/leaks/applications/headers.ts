import { createHmac } from 'node:crypto'
import { format, inspect } from 'node:util'
import cookieParser from 'cookie-parser'
import express from 'express'
import { type Handle, handler, type PageRequest, type Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byField, greeting, nameIn } from './people.js'

/** Page that is made of the request alone; what is answered is shown. */
function page(
  name: string,
  people: { a: Person; b: Person },
  show: (req: PageRequest) => unknown,
  more: Partial<Leaky & Parts> = {},
): Leaky {
  const { set, middlewares = [], ...rest } = more
  const parts: Parts = {
    ...(set === undefined ? {} : { set }),
    middlewares,
    page: handler((req, res) => res.send(`${show(req)}`)),
  }
  return { name, make: () => parts, ...people, ...rest }
}

const cookieField: readonly Leaky[] = [
  page('req.headers.cookie', byCookie, (req) => greeting(nameIn(req.headers.cookie))),
  page('req.get(“Cookie”)', byCookie, (req) => greeting(nameIn(req.get('Cookie')))),
  page('for in over the headers', byCookie, ({ headers }) => {
    let cookie = ''
    for (const name in headers) if (name.startsWith('cook')) cookie = String(headers[name])
    return greeting(nameIn(cookie))
  }),
  page('Object.entries of the headers', byCookie, (req) =>
    greeting(nameIn(String(Object.entries(req.headers).find(([name]) => name === 'cookie')?.[1]))),
  ),
  page('a copy of the headers', byCookie, (req) => {
    const { cookie } = { ...req.headers }
    return greeting(nameIn(cookie))
  }),
  page('rawHeaders', byCookie, (req) => greeting(nameIn(req.rawHeaders.join('\n')))),
  page('headersDistinct', byCookie, (req) => greeting(nameIn(req.headersDistinct.cookie?.join()))),
  page('the headers as JSON', byCookie, (req) => greeting(nameIn(JSON.stringify(req.headers)))),
  page('a look at the headers', byCookie, (req) => greeting(nameIn(inspect(req.headers)))),
  page('a look at the request', byCookie, (req) => greeting(nameIn(format('%O', req)))),
  page('Headers of the Fetch API', byCookie, (req) =>
    greeting(nameIn(new Headers(req.headers as Record<string, string>).get('cookie'))),
  ),
  page(
    'cookie-parser, one cookie',
    byField('Cookie', 'name=ada', 'name=bob'),
    (req) => greeting(req.cookies.name),
    {
      middlewares: [cookieParser()],
    },
  ),
  page(
    'cookie-parser, a copy of all',
    byField('Cookie', 'name=ada', 'name=bob'),
    (req) => JSON.stringify({ ...req.cookies }),
    {
      middlewares: [cookieParser()],
    },
  ),
  page(
    'cookie-parser, a look at all',
    byField('Cookie', 'name=ada', 'name=bob'),
    (req) => inspect(req.cookies),
    {
      middlewares: [cookieParser()],
    },
  ),
  page(
    'cookie-parser, a signed cookie',
    byField('Cookie', `name=${signed('ada')}`, `name=${signed('bob')}`),
    (req) => greeting(req.signedCookies.name),
    { middlewares: [cookieParser('s')] },
  ),
  page('a look at all locals', byField('Cookie', 'name=ada', 'name=bob'), (req) => inspect(req.res?.locals), {
    middlewares: [
      cookieParser(),
      handler((req, res, next) => {
        res.locals.name = req.cookies.name
        next()
      }),
    ],
  }),
  page(
    'the variant of a test, which a middleware reads from a cookie',
    byField('Cookie', 'ab=ada', 'ab=bob'),
    (req) => req.res?.locals.variant ?? 'default',
    {
      middlewares: [
        cookieParser(),
        handler((req, res, next) => {
          res.locals.variant = req.cookies.ab
          next()
        }),
      ],
    },
  ),
]

/** Value as cookie-parser signs it, in the form of a cookie. */
function signed(value: string): string {
  const signature = createHmac('sha256', 's').update(value).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${value}.${signature}`)
}

const copied = (req: PageRequest): Request =>
  new Request(`http://site.example${req.url}`, {
    headers: new Headers(req.headers as Record<string, string>),
  })

const otherFields: readonly Leaky[] = [
  page('a field of the application’s own, X-User', byField('X-User', 'ada', 'bob'), (req) =>
    greeting(req.get('x-user')),
  ),
  page('X-User in a Request that was made of all fields', byField('X-User', 'ada', 'bob'), (req) =>
    greeting(copied(req).headers.get('x-user') ?? undefined),
  ),
  page(
    'fields with a prefix, in a loop',
    byField('X-User-Name', 'ada', 'bob'),
    ({ headers }) =>
      Object.keys(headers)
        .filter((name) => name.startsWith('x-user'))
        .map((name) => headers[name])
        .join() || 'nobody',
  ),
  page(
    'Accept-Language, by req.acceptsLanguages()',
    {
      a: { mark: 'Hallo', fields: { 'Accept-Language': 'de' } },
      b: { mark: 'Bonjour', fields: { 'Accept-Language': 'fr' } },
    },
    (req) => ({ de: 'Hallo', fr: 'Bonjour' })[String(req.acceptsLanguages('en', 'de', 'fr'))] ?? 'Hello',
  ),
  page(
    'HX-Request: a fragment for htmx',
    {
      a: { mark: '<li>', fields: { 'HX-Request': 'true' } },
      b: { fields: { 'HX-Request': 'false' } },
    },
    (req) => (req.get('HX-Request') === 'true' ? '<li>one' : '<html>one'),
  ),
  page(
    'User-Agent: a page for phones',
    {
      a: { mark: 'small', fields: { 'User-Agent': 'Mobile' } },
      b: { mark: 'large', fields: { 'User-Agent': 'Desktop' } },
    },
    (req) => ({ Mobile: 'small', Desktop: 'large' })[req.get('user-agent') ?? ''] ?? 'plain',
  ),
  page(
    'a client hint (Save-Data)',
    { a: { mark: 'light', fields: { 'Save-Data': 'on' } }, b: { fields: { 'Save-Data': 'off' } } },
    (req) => (req.headers['save-data'] === 'on' ? 'light' : 'heavy'),
  ),
  page(
    'the country that a CDN says',
    byField('CF-IPCountry', 'ada', 'bob'),
    (req) => `prices in ${req.get('cf-ipcountry')}`,
  ),
  page('Origin, which is answered by hand', byField('Origin', 'https://ada', 'https://bob'), (req) => {
    const { origin } = req.headers
    if (origin !== undefined) req.res?.set('Access-Control-Allow-Origin', origin)
    return 'data'
  }),
  page(
    'Referer: a link back',
    byField('Referer', 'https://ada/', 'https://bob/'),
    (req) => `back to ${req.get('referrer') ?? '/'}`,
  ),
  page(
    'X-Requested-With, by req.xhr',
    { a: { mark: 'part', fields: { 'X-Requested-With': 'XMLHttpRequest' } }, b: {} },
    (req) => (req.xhr ? 'part' : 'whole'),
  ),
  page(
    'Accept, by res.format()',
    {
      a: { mark: '{"name"', fields: { Accept: 'application/json' } },
      b: { mark: '<b>', fields: { Accept: 'text/html' } },
    },
    () => '',
    { ...formatted(), stranger: { Accept: 'text/plain' } },
  ),
]

function formatted(): Partial<Leaky> {
  const format: Handle = (_req, res) =>
    res.format({
      text: () => res.send('name'),
      html: () => res.send('<b>name'),
      json: () => res.json({ name: 1 }),
    })
  return { make: () => ({ page: handler(format) }) }
}

class Tenant {
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }
  get title(): string {
    return `shop of ${this.#name}`
  }
}

/** Where what made it could not be watched, such a page may be kept for nobody. */
const watched = { hits: ['siteCache', 'between', 'withSiteCache'] } as const
const tenants = byField('X-Tenant', 'ada', 'bob')
const tenant = (make: (name: string) => unknown) =>
  handler((req, _res, next) => {
    Object.assign(req, { tenant: make(req.get('x-tenant') ?? 'all') })
    next()
  })
const trusting = (app: express.Express) => app.set('trust proxy', true)

const left: readonly Leaky[] = [
  page('a tenant object on the request', tenants, (req) => `shop of ${Reflect.get(req, 'tenant').name}`, {
    middlewares: [tenant((name) => ({ name }))],
  }),
  page('a tenant of a class on the request', tenants, (req) => Reflect.get(req, 'tenant').title, {
    middlewares: [tenant((name) => new Tenant(name))],
    ...watched,
  }),
  page(
    'a tenant whom a mounted router finds',
    tenants,
    (req) => `shop of ${Reflect.get(req, 'tenant').name}`,
    {
      middlewares: [express.Router().use(tenant((name) => ({ name })))],
    },
  ),
  page('a promise of the tenant on the request', tenants, () => '', { ...promised(), ...watched }),
  page(
    'the host that a trusted proxy says',
    byField('X-Forwarded-Host', 'ada.example', 'bob.example'),
    (req) => `you are at ${req.hostname}`,
    { set: trusting },
  ),
  page(
    'the scheme that a trusted proxy says',
    {
      a: { mark: 'link https:', fields: { 'X-Forwarded-Proto': 'https' } },
      b: { fields: { 'X-Forwarded-Proto': 'http' } },
    },
    (req) => `link ${req.protocol}://site`,
    { set: trusting },
  ),
]

function promised(): Partial<Leaky> {
  const show: Handle = async (req, res) => res.send(`shop of ${(await Reflect.get(req, 'tenant')).name}`)
  return { make: () => ({ middlewares: [tenant(async (name) => ({ name }))], page: handler(show) }) }
}

const addresses = byField('X-Forwarded-For', '203.0.113.5', '203.0.113.6')
const marks = { a: { ...addresses.a, mark: '203.0.113.5' }, b: { ...addresses.b, mark: '203.0.113.6' } }
const clients: readonly Leaky[] = [
  page('req.ip behind a trusted proxy', marks, (req) => `you are ${req.ip}`, { set: trusting, hits: [] }),
  page('req.ips behind a trusted proxy', marks, (req) => `you are ${req.ips[0]}`, {
    set: trusting,
    hits: [],
  }),
  page('X-Forwarded-For by hand', marks, (req) => `you are ${req.get('x-forwarded-for')}`),
  page(
    'a filter of addresses, which leaves nothing',
    {
      a: { mark: 'report', fields: { 'X-Forwarded-For': '10.0.0.5' } },
      b: { fields: { 'X-Forwarded-For': '203.0.113.9' } },
    },
    () => 'report',
    {
      set: trusting,
      hits: [],
      middlewares: [
        handler((req, res, next) => (req.ip?.startsWith('10.') ? next() : res.status(403).send('forbidden'))),
      ],
    },
  ),
]

export const headerApplications: readonly Leaky[] = [...cookieField, ...otherFields, ...left, ...clients]
