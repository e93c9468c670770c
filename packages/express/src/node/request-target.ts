import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { normalizeHost } from '@sitecache/http'
import { field } from './types.js'

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
 * @param app whose `trust proxy` is asked. @default the request's own
 */
export function originOf(req: IncomingMessage, app?: unknown): Origin {
  const headers = field(req, 'headers')
  const socket = field(req, 'socket') as Partial<TLSSocket> | undefined
  const direct = socket?.encrypted === true ? 'https' : 'http'
  const forwardedHost = headers['x-forwarded-host']
  const forwardedProto = headers['x-forwarded-proto']
  if (forwardedHost === undefined && forwardedProto === undefined) {
    return originFrom(direct, headers.host ?? '')
  }
  const trusts = trustOf(app ?? field(req, 'app'))(socket?.remoteAddress, 0)
  const scheme = (trusts ? firstOf(forwardedProto) : undefined) ?? direct
  const host = (trusts ? firstOf(forwardedHost) : undefined) ?? headers.host ?? ''
  return originFrom(scheme, host)
}

function originFrom(scheme: string, written: string): Origin {
  return { scheme, host: normalizeHost(written, scheme) }
}

/** Of a list, its first member, though it be empty: so does Express, and a handler renders what Express says. */
function firstOf(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === undefined || text === '' ? undefined : text.split(',', 1)[0]?.trim()
}

/** The URL as the client sent it, and what a middleware made of it and of the method on the way. */
export interface Target {
  readonly url: string
  /** Undefined when they are the client's own. */
  readonly rewritten: string | undefined
}

/**
 * Being mounted is no rewrite where Express says what it took away, in `baseUrl`. Connect says nothing: a leading part that
 * is gone may as well be a middleware's doing for this visitor.
 */
export function targetOf(req: IncomingMessage): Target {
  const url = field(req, 'url') ?? '/'
  const originalUrl = field(req, 'originalUrl') ?? url
  const method = field(req, 'method')
  const originalMethod = field(req, 'originalMethod')
  const rewrittenMethod = originalMethod === undefined || originalMethod === method ? '' : `${method} `
  const kept = originalUrl === url || isMounted(originalUrl, field(req, 'baseUrl'), url)
  return { url: originalUrl, rewritten: kept && rewrittenMethod === '' ? undefined : rewrittenMethod + url }
}

/** Express shows the root of a mount as `/` even where the client sent no slash: `/api?x` is `/api` + `/?x`. */
function isMounted(original: string, baseUrl: string | undefined, url: string): boolean {
  if (baseUrl === undefined) return false
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
