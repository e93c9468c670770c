import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import { frameworks } from '../../../support/applications.js'
import { type Handle, handler, type PageRequest, type Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byField, byPost, greeting, nameIn, sessions } from './people.js'

type Pieces = Pick<Parts, 'middlewares'> & { readonly show: (req: PageRequest) => string | undefined }

const signIn: Handle = (req, res) => {
  req.session.name = String(new URL(req.originalUrl ?? req.url, 'http://site').searchParams.get('name'))
  res.end('in')
}

/** The application on all frameworks but Express 5; nothing of Express is used. */
function everywhere(name: string, people: { a: Person; b: Person }, pieces: () => Pieces): Leaky[] {
  return frameworks.slice(1).map((framework) => ({
    name: `${name}, ${framework.name}`,
    ...people,
    make: (): Parts => {
      const { show, ...rest } = pieces()
      const page = handler((req, res) => res.end(greeting(show(req))))
      return { ...rest, framework, actions: { '/page/sign-in': signIn }, page }
    },
  }))
}

const signedIn = byPost('/page/sign-in')
const put = (make: (req: PageRequest) => object) =>
  handler((req, _res, next) => {
    Object.assign(req, make(req))
    next()
  })

export const connectApplications: readonly Leaky[] = [
  ...everywhere('express-session', signedIn, () => ({
    middlewares: [sessions()],
    show: (req) => req.session.name,
  })),
  ...everywhere('cookie-session', signedIn, () => ({
    middlewares: [cookieSession({ name: 'session', keys: ['k'] })],
    show: (req) => req.session.name,
  })),
  ...everywhere('cookie-parser', byField('Cookie', 'name=ada', 'name=bob'), () => ({
    middlewares: [cookieParser()],
    show: (req) => req.cookies.name,
  })),
  ...everywhere('req.headers.cookie', byCookie, () => ({ show: (req) => nameIn(req.headers.cookie) })),
  ...everywhere('X-User in Headers of the Fetch API', byField('X-User', 'ada', 'bob'), () => ({
    show: (req) => new Headers(req.headers as Record<string, string>).get('x-user') ?? undefined,
  })),
  ...everywhere('a user whom a middleware puts on the request', byCookie, () => ({
    middlewares: [
      put((req) => {
        const name = nameIn(req.headers.cookie)
        return name === undefined ? {} : { user: { name } }
      }),
    ],
    show: (req) => req.user?.name,
  })),
  ...everywhere('a tenant whom a middleware puts on the request', byField('X-Tenant', 'ada', 'bob'), () => ({
    middlewares: [put((req) => ({ tenant: { name: req.headers['x-tenant'] } }))],
    show: (req) => Reflect.get(req, 'tenant').name,
  })),
]
