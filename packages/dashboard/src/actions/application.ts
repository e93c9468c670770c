import type { RequestListener } from 'node:http'
import { leaveUncounted } from '@sitecache/express'
import { trustedHost } from '../http/trusted-host.js'
import type { Visit } from '../http/types.js'

/**
 * Returns the application that the dashboard is part of, with all that stands before it: the server
 * that the dashboard's own request came to.
 *
 * @returns undefined where a request came from no server of Node's
 */
export function applicationOf({ req }: Visit): RequestListener | undefined {
  const server: unknown = Reflect.get(req.socket, 'server')
  const emit: unknown = Reflect.get(Object(server), 'emit')
  if (typeof emit !== 'function') return undefined
  return (request, response) => {
    leaveUncounted(request)
    emit.call(server, 'request', request, response)
  }
}

/** Returns a URL under the host of the dashboard, where it is a path. */
export function absoluteUrl(written: string, { req }: Visit): string {
  if (!written.startsWith('/')) return written
  const { protocol } = req as { readonly protocol?: unknown }
  const encrypted = Reflect.get(req.socket, 'encrypted') === true
  const scheme = protocol === 'https' || encrypted ? 'https' : 'http'
  return `${scheme}://${trustedHost(req) ?? 'localhost'}${written}`
}
