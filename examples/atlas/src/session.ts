import { randomBytes } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    /** The name under which the visitor signed in. */
    user: string
    /** Ids of places. */
    favourites: number[]
  }
}

/**
 * Where sessions are: on the account's pages, and on those of places, for what of them is each visitor's own. No other page can show who
 * is signed in.
 */
export const SESSION_PATHS = ['/account', '/login', '/logout', '/places/:id']

/**
 * The sessions of signed-in visitors, in this process's memory. A visitor who never signs in gets no cookie.
 */
export function visitorSession(): RequestHandler {
  return session({
    name: 'atlas',
    secret: randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    // Lax: another site's form can't sign anybody in or out, or keep a place for them.
    cookie: { httpOnly: true, sameSite: 'lax' },
  })
}

/** Starts the session of a visitor who has signed in, under a new id (OWASP: session fixation). */
export async function signIn(req: Request, user: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()))
  })
  req.session.user = user
}

/** Ends the session. */
export function signOut(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** Keeps a place for the signed-in visitor. */
export function addFavourite(req: Request, id: number): void {
  req.session.favourites = [...new Set([...(req.session.favourites ?? []), id])]
}
