import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { cached } from '@sitecache/express'
import type { Request, Response } from 'express'

/** What the middlewares of a stack may put on a request. */
interface Added {
  session?: Record<string, unknown> & { user?: string; visits?: number; id?: string }
  sessionID?: string
  cookies?: Record<string, string>
  user?: { readonly name?: string; readonly sub?: string }
  ctx?: { readonly user: string | undefined; told(): string | undefined }
  tenant?: string
  language?: string
  useragent?: { readonly isMobile: boolean }
  isAuthenticated?(): boolean
  flash?(type: string, message?: string): string[]
  csrfToken?(): string
  t?(key: string): string
}

export type StackRequest = Omit<Request, keyof Added | 'app'> & Added
type Cookies = Readonly<Record<string, string | undefined>>

/** Session's user of the request that runs, by another way than the request. */
export const running = new AsyncLocalStorage<{ readonly user: string | undefined }>()

export function cookiesIn(field: string | null | undefined): Cookies {
  const pairs = (field ?? '').split(/; */).filter((pair) => pair !== '')
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))]
  })
  return Object.fromEntries(entries)
}

function rawField({ rawHeaders }: StackRequest, name: string): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
  return at < 0 ? undefined : rawHeaders[at + 1]
}

const textOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.join('; ')

function enumeratedCookie({ headers }: StackRequest): string | undefined {
  for (const name in headers) if (name === 'cookie') return headers[name]
  return undefined
}

const shownCookie = (req: StackRequest, name: string) =>
  new RegExp(`${name}=([\\w-]+)`).exec(inspect(req.headers, { breakLength: Infinity }))?.[1]
const copied = ({ headers }: StackRequest) =>
  new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]))

const cachedTheme = cached((req: StackRequest) => cookiesIn(req.headers.cookie).theme)
const cachedUser = cached((req: StackRequest) => req.session?.user ?? req.user?.name)
const cachedField = cached((req: StackRequest, name: string) => textOf(req.headers[name]))
export const cachedReads = { theme: cachedTheme, user: cachedUser, field: cachedField }

type NamedWays = Readonly<Record<string, (req: StackRequest, name: string) => string | undefined>>

/** Ways to a cookie. */
export const cookieWays: NamedWays = {
  headers: (req, name) => cookiesIn(req.headers.cookie)[name],
  get: (req, name) => cookiesIn(req.get('Cookie'))[name],
  header: (req, name) => cookiesIn(req.header('cookie'))[name],
  rawHeaders: (req, name) => cookiesIn(rawField(req, 'cookie'))[name],
  headersDistinct: (req, name) => cookiesIn(req.headersDistinct.cookie?.join('; '))[name],
  spread: (req, name) => cookiesIn({ ...req.headers }.cookie)[name],
  JSON: (req, name) => cookiesIn(JSON.parse(JSON.stringify(req.headers)).cookie)[name],
  entries: (req, name) => cookiesIn(Object.fromEntries(Object.entries(req.headers)).cookie as string)[name],
  Headers: (req, name) => cookiesIn(copied(req).get('cookie'))[name],
  structuredClone: (req, name) => cookiesIn(structuredClone({ ...req.headers }).cookie)[name],
  inspect: shownCookie,
  'for-in': (req, name) => cookiesIn(enumeratedCookie(req))[name],
  'req.cookies': (req, name) => (req.cookies ?? cookiesIn(req.headers.cookie))[name],
  'spread req.cookies': (req, name) =>
    req.cookies === undefined ? cookiesIn(req.headers.cookie)[name] : { ...req.cookies }[name],
  assign: (req, name) => cookiesIn(Object.assign(Object.create(null), req.headers).cookie)[name],
  'object above': (req, name) => cookiesIn(Object.create(req).headers.cookie)[name],
  Proxy: (req, name) => cookiesIn(new Proxy(req, {}).headers.cookie)[name],
  match: (req, name) => new RegExp(`${name}=([^;]+)`).exec(req.headers.cookie ?? '')?.[1],
  descriptor: (req, name) =>
    cookiesIn(Object.getOwnPropertyDescriptor(req.headers, 'cookie')?.value as string | undefined)[name],
  'cached()': (req, name) =>
    name === 'theme' ? cachedTheme(req) : cookiesIn(cachedField(req, 'cookie'))[name],
}

/** Ways to a field by its name. */
export const fieldWays: NamedWays = {
  headers: (req, name) => textOf(req.headers[name]),
  get: (req, name) => req.get(name),
  rawHeaders: rawField,
  headersDistinct: (req, name) => req.headersDistinct[name]?.[0],
  spread: (req, name) => textOf({ ...req.headers }[name]),
  hasOwn: (req, name) => (Object.hasOwn(req.headers, name) ? textOf(req.headers[name]) : undefined),
  in: (req, name) => (name in req.headers ? textOf(req.headers[name]) : undefined),
  keys: (req, name) => (Object.keys(req.headers).includes(name) ? textOf(req.headers[name]) : undefined),
  find: (req, name) => textOf(Object.entries(req.headers).find(([key]) => key === name)?.[1]),
  Map: (req, name) => textOf(new Map(Object.entries(req.headers)).get(name)),
  'cached()': cachedField,
}

type UserWays = Readonly<Record<string, (req: StackRequest, res: Response) => string | undefined>>

/** Ways to the name of the visitor, of which a stack may have none. */
export const userWays: UserWays = {
  session: (req) => req.session?.user,
  'spread session': (req) => (req.session ? { ...req.session }.user : undefined),
  'JSON of the session': (req) => (req.session ? JSON.parse(JSON.stringify(req.session)).user : undefined),
  'keys of the session': (req) =>
    req.session && Object.keys(req.session).includes('user') ? req.session.user : undefined,
  'in the session': (req) => (req.session && 'user' in req.session ? req.session.user : undefined),
  'req.user': (req) => req.user?.name,
  isAuthenticated: (req) => (req.isAuthenticated?.() ? req.user?.name : undefined),
  locals: (_req, res) => res.locals.user?.name ?? res.locals.userName,
  'spread locals': (_req, res) => ({ ...res.locals }).userName,
  context: (req) => req.ctx?.user,
  'method of the context': (req) => req.ctx?.told(),
  AsyncLocalStorage: () => running.getStore()?.user,
  'res.req': (_req, res) => (res.req as unknown as StackRequest).session?.user,
  'cached()': (req) => cachedUser(req),
}
