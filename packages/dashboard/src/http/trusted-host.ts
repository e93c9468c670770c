import type { IncomingMessage } from 'node:http'

/**
 * Returns the host under which the client knows this server, with its port: that of a proxy which
 * Express trusts, else the one that the client named.
 *
 * Express tells the name alone by `hostname`; its `host` has no port and a warning in Express 4.
 */
export function trustedHost(req: IncomingMessage): string | undefined {
  const { hostname } = req as { readonly hostname?: unknown }
  const own = req.headers.host ?? text(req.headers[':authority'])
  if (typeof hostname !== 'string') return own
  const forwarded = text(req.headers['x-forwarded-host'])?.split(',', 1)[0]?.trim()
  const named = [own, forwarded].find((host) => host?.replace(/:\d*$/, '') === hostname)
  return named ?? hostname
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
