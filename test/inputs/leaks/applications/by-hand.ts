import cookieParser from 'cookie-parser'
import { handler, type PageRequest } from '../../support/application.js'
import type { Leaky } from '../../support/leaky.js'
import { byCookie, byField, byPost, greeting, nameIn, sessions, signIn } from './people.js'

const keys = byField('X-API-Key', 'key-ada', 'key-bob')
const greetUser = handler((req, res) => res.send(greeting(req.user?.name)))

const names: Readonly<Record<string, string>> = { 'key-ada': 'ada', 'key-bob': 'bob' }
const byKey = handler((req, _res, next) => {
  const name = names[req.get('x-api-key') ?? '']
  if (name !== undefined) req.user = { name }
  next()
})

/** Shape that express-openid-connect gives a request: accessors over what its cookie holds. */
const oidc = handler((req, _res, next) => {
  const context = {
    isAuthenticated: () => nameIn(req.headers.cookie) !== undefined,
    get user() {
      return { name: nameIn(req.headers.cookie) }
    },
  }
  Object.defineProperty(req, 'oidc', { value: context, configurable: true })
  next()
})

/** Guard that leaves no trace on the request, in front of a page that is the same for all whom it lets in. */
function guarded(name: string, field: string, keyOf: (req: PageRequest) => string | undefined): Leaky {
  return {
    name,
    a: { mark: 'secret', fields: { [field]: field === 'Cookie' ? 'gate=open' : 'open' } },
    b: { fields: { [field]: field === 'Cookie' ? 'gate=shut' : 'shut' } },
    hits: [],
    make: () => ({
      middlewares: [
        handler((req, res, next) => (keyOf(req) === 'open' ? next() : res.status(403).send('closed'))),
      ],
      page: handler((_req, res) => res.send('secret')),
    }),
  }
}

export const byHand: readonly Leaky[] = [
  {
    name: 'an API key of a field of its own',
    ...keys,
    make: () => ({ middlewares: [byKey], page: greetUser }),
  },
  {
    name: 'API keys of two users who share the cookie consent=yes',
    a: { mark: 'ada', fields: { 'X-API-Key': 'key-ada', Cookie: 'consent=yes' } },
    b: { mark: 'bob', fields: { 'X-API-Key': 'key-bob', Cookie: 'consent=yes' } },
    stranger: { Cookie: 'consent=yes' },
    make: () => ({ middlewares: [cookieParser(), byKey], page: greetUser }),
  },
  {
    name: 'Basic credentials, read by hand',
    ...byField('Authorization', `Basic ${btoa('ada:1')}`, `Basic ${btoa('bob:2')}`),
    make: () => ({
      page: handler((req, res) =>
        res.send(greeting(atob(req.headers.authorization?.split(' ')[1] ?? '').split(':')[0] || undefined)),
      ),
    }),
  },
  {
    name: 'express-openid-connect, req.oidc.user',
    ...byCookie,
    make: () => ({
      middlewares: [oidc],
      page: handler((req, res) => res.send(greeting(Reflect.get(req, 'oidc').user.name))),
    }),
  },
  {
    name: 'express-openid-connect, req.oidc.user of what was read before',
    ...byCookie,
    make: () => ({
      middlewares: [
        handler((req, _res, next) => {
          const name = nameIn(req.headers.cookie)
          const user = name === undefined ? undefined : { name }
          Object.assign(req, { oidc: { user, isAuthenticated: () => user !== undefined } })
          next()
        }),
      ],
      page: handler((req, res) => res.send(greeting(Reflect.get(req, 'oidc').user?.name))),
    }),
  },
  {
    name: 'express-openid-connect, req.oidc.isAuthenticated()',
    a: { mark: 'Welcome', fields: { Cookie: 'user=ada' } },
    b: { fields: { Cookie: 'seen=1' } },
    make: () => ({
      middlewares: [oidc],
      page: handler((req, res) =>
        res.send(Reflect.get(req, 'oidc').isAuthenticated() ? 'Welcome' : 'Sign in'),
      ),
    }),
  },
  {
    name: 'the field of a proxy that signs in (X-Auth-Request-Email)',
    ...byField('X-Auth-Request-Email', 'ada@x', 'bob@x'),
    make: () => ({ page: handler((req, res) => res.send(greeting(req.header('X-Auth-Request-Email')))) }),
  },
  {
    name: 'a getter of req.user that looks at the session when it is asked',
    ...byPost('/sign-in'),
    make: () => ({
      middlewares: [
        sessions(),
        handler((req, _res, next) => {
          Object.defineProperty(req, 'user', {
            configurable: true,
            enumerable: true,
            get: () => req.session.name && { name: req.session.name },
          })
          next()
        }),
      ],
      actions: { '/sign-in': signIn },
      page: greetUser,
    }),
  },
  {
    name: 'roles: the page of an editor',
    a: { mark: 'drafts', fields: { Cookie: 'user=ada' } },
    b: { mark: 'articles', fields: { Cookie: 'user=bob' } },
    stranger: { Cookie: '' },
    make: () => ({
      middlewares: [
        handler((req, _res, next) => {
          const name = nameIn(req.headers.cookie)
          if (name !== undefined) req.user = { name, role: name === 'ada' ? 'editor' : 'reader' }
          next()
        }),
      ],
      page: handler((req, res) =>
        res.send({ editor: 'drafts', reader: 'articles' }[req.user?.role ?? ''] ?? 'front page'),
      ),
    }),
  },
  guarded('a guard that looks at a field of its own', 'X-Gate', (req) => req.get('x-gate')),
  guarded(
    'a guard that looks at a cookie, and leaves nothing',
    'Cookie',
    (req) => /gate=(\w+)/.exec(req.headers.cookie ?? '')?.[1],
  ),
]
