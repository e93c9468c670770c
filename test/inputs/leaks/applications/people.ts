import type { RequestHandler } from 'express'
import session from 'express-session'
import type { Handle, PageRequest } from '../../support/application.js'
import type { Person } from '../../support/leaky.js'

/** Two visitors who say by a field of the request who they are. */
export function byField(name: string, ada: string, bob: string): { a: Person; b: Person } {
  return { a: { mark: 'ada', fields: { [name]: ada } }, b: { mark: 'bob', fields: { [name]: bob } } }
}

export const byCookie = byField('Cookie', 'user=ada', 'user=bob')

/** Two visitors who post to this path first, under their name. */
export function byPost(path: string): { a: Person; b: Person } {
  const person = (mark: string): Person => ({ mark, begin: (client) => client.post(`${path}?name=${mark}`) })
  return { a: person('ada'), b: person('bob') }
}

/** Name in a Cookie header that was written by hand. */
export function nameIn(cookie: string | null | undefined): string | undefined {
  return /user=(\w+)/.exec(cookie ?? '')?.[1]
}

export const greeting = (name: string | undefined): string => `Hello ${name ?? 'stranger'}`

/** express-session with the usual options. */
export const sessions = (options: Partial<session.SessionOptions> = {}): RequestHandler =>
  session({ secret: 's', resave: false, saveUninitialized: false, ...options })

/** Keeps the posted name in the session. */
export const signIn: Handle = (req, res) => {
  req.session.name = String(req.query.name)
  res.send('in')
}

export const greetBySession: Handle = (req, res) => res.send(greeting(req.session.name))

export const nameOf = (req: PageRequest): string | undefined => req.user?.name
