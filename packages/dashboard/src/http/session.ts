import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { refusedBy } from './same-site.js'
import type { Visit } from './types.js'

const COOKIE = 'sitecache_dashboard'
const FORM = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{43})(?:;|$)`)

/**
 * Begins a session of a browser, where it has none: a random cookie, for this path alone. Its
 * digest is the token of actions; no process need remember either.
 */
export function beginSession({ req, res }: Visit): void {
  if (secretOf(req) !== undefined) return
  const secret = randomBytes(32).toString('base64url')
  const secure = isSecure(req) ? '; Secure' : ''
  res.appendHeader('Set-Cookie', `${COOKIE}=${secret}; HttpOnly; SameSite=Strict${secure}`)
}

/** Returns the token of actions; empty: the browser has no session, or refuses cookies. */
export function tokenOf(req: IncomingMessage): string {
  const secret = secretOf(req)
  return secret === undefined ? '' : digestOf(secret)
}

/**
 * Returns the reason why a request may not act.
 *
 * @returns undefined: it comes from the page of this session
 */
export function actionFault(req: IncomingMessage): string | undefined {
  const site = refusedBy(req)
  if (site !== undefined) return site
  const given = Buffer.from(String(req.headers['sitecache-token'] ?? ''))
  const token = Buffer.from(tokenOf(req))
  if (token.length === 0 || given.length !== token.length) return 'the token of the session is missing'
  return timingSafeEqual(given, token) ? undefined : 'the token is of another session'
}

function secretOf(req: IncomingMessage): string | undefined {
  return FORM.exec(req.headers.cookie ?? '')?.[1]
}

function digestOf(secret: string): string {
  return createHash('sha256').update(`sitecache.dashboard:${secret}`).digest('base64url')
}

/** As Express sees it, behind a proxy that it trusts; elsewhere, of the connection. */
function isSecure(req: IncomingMessage): boolean {
  const { secure } = req as { readonly secure?: unknown }
  return secure === true || Reflect.get(req.socket, 'encrypted') === true
}
