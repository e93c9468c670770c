import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { normalizeHost } from '@sitecache/http'
import type { FrameworkRequest } from './types.js'

/** Express's compiled `trust proxy` setting: is this hop a proxy whose X-Forwarded-* may be believed? */
type TrustProxy = (address: string | undefined, hop: number) => boolean

/** Scheme and host that the application would work out for this request. */
export interface Origin {
  readonly scheme: string
  readonly host: string
}

const trustNobody: TrustProxy = () => false

/** The `trust proxy` function of an Express application; other applications trust no proxy. */
function trustOf(app: unknown): TrustProxy {
  if (app === null || (typeof app !== 'function' && typeof app !== 'object')) return trustNobody
  const { get } = app as { get?: unknown }
  if (typeof get !== 'function') return trustNobody
  const trust: unknown = get.call(app, 'trust proxy fn')
  return typeof trust === 'function' ? (trust as TrustProxy) : trustNobody
}

/**
 * Scheme and host as Express's `req.protocol` and `req.host` give them: X-Forwarded-Proto and
 * X-Forwarded-Host count only from a proxy that the application trusts, no more and no less.
 *
 * @param app whose `trust proxy` is asked
 */
export function originOf(req: IncomingMessage, app: unknown = (req as FrameworkRequest).app): Origin {
  const { headers } = req
  const direct = (req.socket as Partial<TLSSocket> | undefined)?.encrypted === true ? 'https' : 'http'
  const forwardedHost = headers['x-forwarded-host']
  const forwardedProto = headers['x-forwarded-proto']
  if (forwardedHost === undefined && forwardedProto === undefined) {
    return { scheme: direct, host: normalizeHost(headers.host ?? '', direct) }
  }
  const trusts = trustOf(app)(req.socket?.remoteAddress, 0)
  const scheme = (trusts && firstOf(forwardedProto)) || direct
  const host = (trusts && firstOf(forwardedHost)) || headers.host || ''
  return { scheme, host: normalizeHost(host, scheme) }
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.split(',', 1)[0]?.trim()
}

/** The URL as the client sent it, whatever mount points or rewrites did to `req.url`. */
export function originalUrl(req: IncomingMessage): string {
  return (req as FrameworkRequest).originalUrl ?? req.url ?? '/'
}

/**
 * The URL or method as a middleware rewrote it, or undefined when they are the client's own.
 *
 * Being mounted is no rewrite: Express says what it took away in `baseUrl`; Connect takes away a leading part.
 */
export function rewrittenTarget(req: IncomingMessage): string | undefined {
  const { originalUrl: original, originalMethod, baseUrl } = req as FrameworkRequest
  const method = originalMethod !== undefined && originalMethod !== req.method ? `${req.method} ` : ''
  const url = req.url ?? '/'
  if (original === undefined || original === url) return method === '' ? undefined : method
  const mounted = baseUrl === undefined ? original.endsWith(url) : isMounted(original, baseUrl, url)
  return mounted && method === '' ? undefined : `${method}${url}`
}

/** Express shows the root of a mount as `/` even where the client sent no slash: `/api?x` is `/api` + `/?x`. */
function isMounted(original: string, baseUrl: string, url: string): boolean {
  return baseUrl + url === original || (url.startsWith('/') && baseUrl + url.slice(1) === original)
}

/** Scheme, host and path of an absolute URL, as a request for it would carry them. */
export function locate(url: string): { origin: Origin; path: string } | undefined {
  // By hand: `new URL` would resolve dot segments and encode, and a request's target is kept as it came.
  const [, scheme, host, rest] = /^(https?):\/\/([^/?#@\\\s]+)([^#\s]*)/i.exec(url) ?? []
  if (scheme === undefined || host === undefined) return undefined
  const lower = scheme.toLowerCase()
  const path = rest?.startsWith('/') ? rest : `/${rest ?? ''}`
  return { origin: { scheme: lower, host: normalizeHost(host, lower) }, path }
}
