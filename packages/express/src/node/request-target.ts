import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { normalizeHost } from '@sitecache/http'
import { ownRead } from './own-reads.js'
import { factsOf, field, type RequestFacts } from './types.js'
import { warnOfUntrustedProxy } from './untrusted-proxy.js'

/**
 * Express's compiled `trust proxy` setting: whether the X-Forwarded-* of this hop may be believed.
 */
type TrustProxy = (address: string | undefined, hop: number) => boolean

/** Scheme and host of a request, as the application works them out. */
export interface Origin {
  readonly scheme: string
  readonly host: string
}

const trustNobody: TrustProxy = () => false

/**
 * Returns the `trust proxy` function of an Express application; other applications trust no proxy.
 */
function trustOf(app: unknown): TrustProxy {
  if (app === null || (typeof app !== 'function' && typeof app !== 'object')) return trustNobody
  const { get } = app as { get?: unknown }
  if (typeof get !== 'function') return trustNobody
  const trust: unknown = get.call(app, 'trust proxy fn')
  return typeof trust === 'function' ? (trust as TrustProxy) : trustNobody
}

/**
 * Returns scheme and host as Express's `req.protocol` and `req.host` do: X-Forwarded-Proto and
 * X-Forwarded-Host count only from a proxy that the application trusts.
 *
 * @param app application with the `trust proxy` setting. @default the request's own
 */
export function originOf(req: IncomingMessage, app?: unknown, facts: RequestFacts = factsOf(req)): Origin {
  const { headers } = facts
  const socket = facts.socket as Partial<TLSSocket> | undefined
  const direct = socket?.encrypted === true ? 'https' : 'http'
  const forwardedHost = headers['x-forwarded-host']
  const forwardedProto = headers['x-forwarded-proto']
  if (forwardedHost === undefined && forwardedProto === undefined) {
    return originFrom(direct, hostOf(headers))
  }
  const trusts = trustOf(app ?? field(req, 'app'))(
    ownRead(() => socket?.remoteAddress),
    0,
  )
  if (!trusts && direct === 'http' && firstOf(forwardedProto) === 'https') warnOfUntrustedProxy()
  const scheme = (trusts ? firstOf(forwardedProto) : undefined) ?? direct
  const host = (trusts ? firstOf(forwardedHost) : undefined) ?? hostOf(headers)
  return originFrom(scheme, host)
}

/** RFC 9113 §8.3.1: over HTTP/2 the host is `:authority`; HTTP/1 knows no field of that name. */
function hostOf(headers: IncomingHttpHeaders): string {
  const authority = headers[':authority']
  return (typeof authority === 'string' ? authority : headers.host) ?? ''
}

/**
 * Letter case alone makes no difference: a handler can render a trailing dot or a default port, and
 * to browsers these are other origins.
 */
function originFrom(scheme: string, written: string): Origin {
  return { scheme, host: written.toLowerCase() }
}

/**
 * Returns the first member of a list, even an empty one: so does Express, and a handler renders
 * that host.
 */
function firstOf(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === undefined || text === '' ? undefined : text.split(',', 1)[0]?.trim()
}

/** URL of a request as its client sent it, and the method and URL that a middleware made of it. */
export interface RequestUrl {
  readonly url: string
  /** Undefined when both are the client's own. */
  readonly rewritten: string | undefined
}

/**
 * Returns the URL of a request. Under Express a mount point is no rewrite, since `baseUrl` tells
 * it. Connect tells nothing: a leading part that is missing may have been removed by a middleware
 * for this visitor.
 */
export function targetOf(req: IncomingMessage, facts: RequestFacts = factsOf(req)): RequestUrl {
  const { method, originalMethod, baseUrl } = facts
  const url = facts.url ?? '/'
  const originalUrl = facts.originalUrl ?? url
  const rewrittenMethod = originalMethod === undefined || originalMethod === method ? '' : `${method} `
  const kept = originalUrl === url || isMounted(originalUrl, baseUrl, url)
  return { url: originalUrl, rewritten: kept && rewrittenMethod === '' ? undefined : rewrittenMethod + url }
}

/**
 * Whether a URL lacks only its mount point. Express shows the root of a mount as `/` even where the
 * client sent no slash: `/api?x` is `/api` + `/?x`.
 */
function isMounted(original: string, baseUrl: string | undefined, url: string): boolean {
  if (baseUrl === undefined) return false
  return baseUrl + url === original || (url.startsWith('/') && baseUrl + url.slice(1) === original)
}

/**
 * Returns scheme, host and path of an absolute URL, as a request for it carries them.
 *
 * @returns undefined for any other text
 */
export function locate(url: string): { origin: Origin; path: string } | undefined {
  // No `new URL`: it resolves dot segments and encodes, and a request's target is kept as it came.
  const [, scheme, host, rest] = /^(https?):\/\/([^/?#@\\\s]+)([^#\s]*)/i.exec(url) ?? []
  if (scheme === undefined || host === undefined) return undefined
  const lower = scheme.toLowerCase()
  const path = rest?.startsWith('/') ? rest : `/${rest ?? ''}`
  return { origin: { scheme: lower, host: normalizeHost(host, lower) }, path }
}
