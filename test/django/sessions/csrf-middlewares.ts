import { randomBytes } from 'node:crypto'
import { csrfSync } from 'csrf-sync'
import type { Request, RequestHandler } from 'express'
import { needed } from './visitor-request.js'

export const CSRF_COOKIE = 'csrftoken'
export const CSRF_HEADER = 'x-csrftoken'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * A cookie of which the form sends a second copy. It is made when the token is asked for, and sent
 * with each response that shows it, as Django's is.
 */
export function doubleSubmit(isExempt: (req: Request) => boolean): RequestHandler {
  return (req, res, next) => {
    const cookie = () => needed(req, 'cookies')[CSRF_COOKIE]
    Object.assign(req, {
      csrfToken() {
        const token = cookie() ?? randomBytes(16).toString('hex')
        res.cookie(CSRF_COOKIE, token)
        return token
      },
    })
    if (safeMethods.has(req.method) || isExempt(req)) return next()
    const token = cookie()
    if (token !== undefined && req.get(CSRF_HEADER) === token) return next()
    res.status(403).send('wrong token')
  }
}

/** csrf-sync: the token stands in the session. */
export function sessionToken(isExempt: (req: Request) => boolean): RequestHandler {
  const { csrfSynchronisedProtection } = csrfSync({
    getTokenFromRequest: (req) => req.get(CSRF_HEADER),
    skipCsrfProtection: (req) => isExempt(req),
  })
  return csrfSynchronisedProtection
}
