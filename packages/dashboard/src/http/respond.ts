import type { ServerResponse } from 'node:http'
import { leaveUncounted } from '@sitecache/express'
import type { Visit } from './types.js'

/** Nothing but what this package serves, no inline code or style, and no frame around it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

/** Sets the headers of every response, over those that a middleware above has set. */
export function prepare({ req, res }: Visit): void {
  // Left out of the caches, of their events, and of their counts.
  leaveUncounted(req)
  skipCache(req)
  res.setHeader('Content-Security-Policy', POLICY)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('X-Frame-Options', 'DENY')
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('X-Robots-Tag', 'noindex, nofollow')
  // No-transform: a middleware that compresses would hold back events.
  res.setHeader('Cache-Control', 'no-store, no-transform')
}

function skipCache(req: object): void {
  const control: unknown = Reflect.get(req, 'cache')
  const skip: unknown =
    typeof control === 'object' && control !== null ? Reflect.get(control, 'skip') : undefined
  if (typeof skip === 'function') skip.call(control)
}

export function send({ req, res }: Visit, status: number, type: string, body: string | Buffer): void {
  if (res.headersSent || res.destroyed) return
  res.statusCode = status
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.end(req.method === 'HEAD' ? undefined : body)
}

export function sendJson(visit: Visit, value: unknown, status = 200): void {
  send(visit, status, 'application/json; charset=utf-8', JSON.stringify(value))
}

/**
 * Answers as Express answers where there is nothing: an outsider is not told that there is
 * something.
 */
export function sendNotFound(visit: Visit): void {
  const { req, res } = visit
  const path = (urlOf(req).split('?', 1)[0] ?? '').replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
  hideTraces(res)
  const line = `Cannot ${String(req.method)} ${path}`
  send(
    visit,
    404,
    'text/html; charset=utf-8',
    `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>${line}</pre>\n</body>\n</html>\n`,
  )
}

function hideTraces(res: ServerResponse): void {
  res.setHeader('Content-Security-Policy', "default-src 'none'")
  for (const name of ['X-Robots-Tag', 'Referrer-Policy', 'X-Frame-Options']) res.removeHeader(name)
}

/** URL as the client sent it, before routers took their part of it. */
export function urlOf(req: object): string {
  const { originalUrl, url } = req as { readonly originalUrl?: string; readonly url?: string }
  return originalUrl ?? url ?? '/'
}
