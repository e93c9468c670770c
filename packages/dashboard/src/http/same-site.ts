import type { IncomingMessage } from 'node:http'
import { trustedHost } from './trusted-host.js'

/**
 * Returns the reason why a request is not one of the page's own.
 *
 * @returns undefined: it is, or no browser has made it
 */
export function refusedBy(req: IncomingMessage): string | undefined {
  const { 'sec-fetch-site': site, origin } = req.headers
  if (site !== undefined) return site === 'same-origin' ? undefined : 'it comes from another site'
  // Browsers tell the site over TLS and of this machine alone.
  if (origin === undefined) return undefined
  return hostsOf(req).includes(hostOf(origin)) ? undefined : 'it comes from another origin'
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).host
  } catch {
    // The origin `null` of a sandbox is nobody's.
    return ''
  }
}

/** Hosts under which the client may know this server: as it says, and as Express trusts a proxy. */
function hostsOf(req: IncomingMessage): readonly string[] {
  return [req.headers.host, req.headers[':authority'], trustedHost(req)].filter(
    (host): host is string => typeof host === 'string' && host !== '',
  )
}
