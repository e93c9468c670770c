import type { NextFunction, Request, Response } from 'express'
import onHeaders from 'on-headers'

/** Fields of a response that the bar shows, and their names in Server-Timing. */
const SHOWN = { status: 'cache-status', vary: 'vary', control: 'cache-control' }

/**
 * Tells each page's script how this response came about: a script can't read the headers of its own page, but its Server-Timing. Above
 * the cache, so that it is written anew for each response, and is no part of a stored page.
 */
export function serverTiming(_req: Request, res: Response, next: NextFunction): void {
  const began = performance.now()
  onHeaders(res, () => {
    const took = (performance.now() - began).toFixed(2)
    const told = Object.entries(SHOWN).flatMap(([name, field]) => {
      const value = res.getHeader(field)
      return value === undefined ? [] : [`${name};desc="${quoted(String(value))}"`]
    })
    res.setHeader('Server-Timing', [`total;dur=${took}`, ...told].join(', '))
  })
  next()
}

/** The content of a quoted-string (RFC 9110 §5.6.4). */
function quoted(value: string): string {
  return value.replace(/["\\]/g, '\\$&')
}
