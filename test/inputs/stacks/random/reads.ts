import type { Response } from 'express'
import fc from 'fast-check'
import { languages, type Visitor } from './visitors.js'
import { cookieWays, fieldWays, type StackRequest, userWays } from './ways.js'

/** Names of the middlewares that a stack has. */
export type Has = (middleware: string) => boolean

/** What a page may show where something was read. */
export type Expected =
  /** This, and nothing else. */
  | { readonly is: 'value'; of(visitor: Visitor, has: Has, query: string | undefined): string | undefined }
  /** One of these, or nothing: a stack may have none, or show what stood there before. */
  | { readonly is: 'one of'; of(visitor: Visitor): readonly (string | undefined)[] }
  /** Nothing that another visitor was ever shown. */
  | { readonly is: 'own' }

/** One look of a handler at its visitor. */
export interface Look {
  read(req: StackRequest, res: Response): string | null | undefined
  readonly expected: Expected
}

const value = (of: Extract<Expected, { is: 'value' }>['of']): Expected => ({ is: 'value', of })
const oneOf = (of: Extract<Expected, { is: 'one of' }>['of']): Expected => ({ is: 'one of', of })
const own: Expected = { is: 'own' }
const tokenOf = (visitor: Visitor) => (visitor.hasToken ? visitor.name : undefined)

type Looks = Readonly<Record<string, Look>>
type Reads = Readonly<Record<string, Look['read']>>

function by(kind: string, ways: Reads, expected: Expected): Looks {
  const looks = Object.entries(ways).map(([way, read]): [string, Look] => [
    `${kind} by ${way}`,
    { read, expected },
  ])
  return Object.fromEntries(looks)
}

function named(ways: typeof cookieWays, name: string): Reads {
  const reads = Object.entries(ways).map(([way, read]): [string, Look['read']] => [
    way,
    (req) => read(req, name),
  ])
  return Object.fromEntries(reads)
}

const cookie = (name: string) =>
  by(
    name,
    named(cookieWays, name),
    value(({ cookies }) => cookies[name]),
  )
const field = (kind: string, name: string, of: (visitor: Visitor) => string) =>
  by(kind, named(fieldWays, name), value(of))

/** A copy of all headers doesn't tell that the browser's name is read of it: a documented limit. */
const copies = ['spread', 'find', 'Map']
const agent = Object.fromEntries(
  Object.entries(field('agent', 'user-agent', ({ agent }) => agent)).filter(
    ([name]) => !copies.some((copy) => name.endsWith(` ${copy}`)),
  ),
)

const addresses = by(
  'address',
  {
    ip: (req) => req.ip,
    ips: (req) => req.ips[0],
    'X-Forwarded-For': (req) => req.get('x-forwarded-for'),
  },
  value(({ address }) => address),
)

function subjectOf(token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
}

const bearer = (req: StackRequest) => /^Bearer (.*)$/.exec(req.headers.authorization ?? '')?.[1]
const tokens: Looks = {
  'token by headers': { read: (req) => subjectOf(bearer(req)), expected: value(tokenOf) },
  'token by req.user': { read: (req) => req.user?.sub, expected: oneOf((visitor) => [tokenOf(visitor)]) },
}

const visitsOf = (user: string | undefined) => `${user ?? '-'}:`
/** Counts the visits, and shows whose they are. */
function countVisit({ session }: StackRequest): string | undefined {
  if (!session) return undefined
  session.visits = (session.visits ?? 0) + 1
  return visitsOf(session.user)
}

const sessions: Looks = {
  'session id': { read: (req) => req.sessionID ?? req.session?.id, expected: own },
  'CSRF token': {
    read: (req, res) => res.locals.csrf ?? res.locals._csrf ?? req.csrfToken?.(),
    expected: own,
  },
  'flash messages': {
    read: (req) => (req.flash ? [...new Set(req.flash('info'))].join() : undefined),
    expected: oneOf(({ name }) => ['', `flash-${name}`]),
  },
  visits: { read: countVisit, expected: oneOf(({ user }) => [visitsOf(user), visitsOf(undefined)]) },
}

const ofMiddlewares: Looks = {
  'device by req.useragent': {
    read: (req) => req.useragent && String(req.useragent.isMobile),
    expected: value(({ agent }, has) => (has('useragent') ? String(agent.includes('iPhone')) : undefined)),
  },
  'text by req.t()': {
    read: (req) => req.t?.('hi'),
    expected: value(({ language }, has) => (has('i18n') ? `${language}-hi` : undefined)),
  },
  'language by req.language': {
    read: (req) => req.language,
    expected: value(({ language }, has) => (has('i18n') ? language : undefined)),
  },
  'tenant by res.locals': {
    read: (_req, res) => res.locals.tenant,
    expected: value(({ tenant }, has) => (has('tenant on res.locals') ? tenant : undefined)),
  },
  'tenant by req.tenant': {
    read: (req) => req.tenant,
    expected: value(({ tenant }, has) => (has('tenant on req') ? tenant : undefined)),
  },
}

const ofUrl: Looks = {
  'query by req.query': {
    read: (req) => req.query.q as string | undefined,
    expected: value((_visitor, _has, query) => query),
  },
  'host by req.hostname': { read: (req) => req.hostname, expected: value(() => 'site.example') },
}

const kinds: readonly (readonly [weight: number, Looks])[] = [
  [1, ofUrl],
  [2, cookie('theme')],
  [1, cookie('consent')],
  [1, field('language', 'accept-language', ({ language }) => language)],
  [
    1,
    {
      'language by acceptsLanguages': {
        read: (req) => req.acceptsLanguages(...languages) || undefined,
        expected: value(({ language }) => language),
      },
    },
  ],
  [1, field('tenant', 'x-tenant', ({ tenant }) => tenant)],
  [1, agent],
  [2, addresses],
  [
    3,
    by(
      'user',
      userWays,
      oneOf(({ user }) => [user]),
    ),
  ],
  [1, tokens],
  [2, sessions],
  [3, ofMiddlewares],
]

const looks: ReadonlyMap<string, Look> = new Map(kinds.flatMap(([, kind]) => Object.entries(kind)))

export function lookOf(name: string): Look {
  const look = looks.get(name)
  if (look === undefined) throw new Error(`no look is called ${name}`)
  return look
}

/** Names of looks. */
export const lookNames: fc.Arbitrary<string> = fc.oneof(
  ...kinds.map(([weight, kind]) => ({ weight, arbitrary: fc.constantFrom(...Object.keys(kind)) })),
)
