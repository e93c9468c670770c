import cookieSession from 'cookie-session'
import type { Request, RequestHandler, Response } from 'express'
import session, { MemoryStore } from 'express-session'
import { left } from './visitor-request.js'

/** A session middleware, and what views do with sessions that differs between packages. */
export interface SessionEngine {
  readonly middleware: RequestHandler
  /** Begins a new session with this data: a visitor signs in. */
  renew(req: Request, data: Record<string, unknown>): Promise<void>
  /** Ends the session. */
  end(req: Request, res: Response): Promise<void>
  /**
   * Returns the secrets of the session that a visitor's cookie stands for: its id, and what it
   * holds.
   */
  secretsOf(cookie: string): Promise<readonly string[]>
}

export const SESSION_COOKIE = 'sessionid'
const secret = 'the secret of the sessions'

/** Returns express-session with a store in memory: a session is known by its id. */
export function storedSessions(saveEveryRequest: boolean): SessionEngine {
  const store = new MemoryStore()
  return {
    middleware: session({
      name: SESSION_COOKIE,
      secret,
      store,
      saveUninitialized: false,
      resave: saveEveryRequest,
      rolling: saveEveryRequest,
    }),
    async renew(req, data) {
      await called((done) => req.session.regenerate(done))
      Object.assign(req.session, data)
    },
    async end(req, res) {
      const isKnown = left(req, 'cookies')?.[SESSION_COOKIE] !== undefined
      await called((done) => req.session.destroy(done))
      // Django deletes the cookie of a client that sent one.
      if (isKnown) res.clearCookie(SESSION_COOKIE)
    },
    async secretsOf(cookie) {
      const id = /^s:(.+)\.[^.]*$/.exec(decodeURIComponent(cookie))?.[1]
      if (id === undefined) return []
      const held = await new Promise((resolve, reject) => {
        store.get(id, (error, data) => (error ? reject(error) : resolve(data)))
      })
      return [id, ...textsIn(held)]
    },
  }
}

/** Returns cookie-session: the cookie holds the session's data. */
export function signedCookies(): SessionEngine {
  return {
    middleware: cookieSession({ name: SESSION_COOKIE, keys: [secret] }),
    async renew(req, data) {
      Reflect.set(req, 'session', data)
    },
    async end(req) {
      Reflect.set(req, 'session', null)
    },
    async secretsOf(cookie) {
      return textsIn(JSON.parse(Buffer.from(cookie, 'base64').toString()))
    },
  }
}

/** Where csrf-sync keeps its token. */
function textsIn(data: unknown): readonly string[] {
  const token = typeof data === 'object' && data !== null ? Reflect.get(data, 'csrfToken') : undefined
  return typeof token === 'string' ? [token] : []
}

function called(fn: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    fn((error) => (error ? reject(error) : resolve()))
  })
}
