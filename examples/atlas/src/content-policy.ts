import type { NextFunction, Request, Response } from 'express'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Allows pages nothing but the site's own files: no inline script, and so no nonce that a stored page would have to renew. */
export function contentPolicy(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('Content-Security-Policy', POLICY)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  next()
}
