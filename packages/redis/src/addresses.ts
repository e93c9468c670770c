import type { ConnectionOptions } from 'node:tls'
import { redact, SettingsError } from '@sitecache/core'

/** Who a connection is, and on which database. */
export interface Login {
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: ConnectionOptions | false
}

/** Where a server listens. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

/** What a URL names, whatever stands in its query string. */
export interface RedisAddress extends Login {
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** Servers, the leader first; sentinels; or nodes of a cluster that know the others. */
  readonly endpoints: readonly Endpoint[]
  /** What sentinels call the leader. */
  readonly name?: string
}

/** The parts of a URL that may name several hosts, which the URL class can't hold. */
export interface UrlParts {
  readonly scheme: string
  readonly username: string
  readonly password: string
  /** `host:port` each. */
  readonly hosts: readonly string[]
  readonly pathname: string
}

const KINDS: Readonly<Record<string, RedisAddress['kind']>> = {
  redis: 'server',
  rediss: 'server',
  unix: 'server',
  'redis+sentinel': 'sentinel',
  'redis+cluster': 'cluster',
}

const FORMS =
  "'redis://host:port/db' (several hosts apart by , are a leader and its replicas), 'rediss://…', " +
  "'/path/of/socket', 'redis+sentinel://host;host/name/db' or 'redis+cluster://host;host'"

/**
 * The parts of a URL, and its query string.
 *
 * @throws SettingsError for what is no such URL; credentials are not shown.
 */
export function splitUrl(text: string, path: string): { parts: UrlParts; query: URLSearchParams } {
  if (text.startsWith('/')) return splitUrl(`unix:${text}`, path)
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?/is.exec(text)
  const [, scheme = '', credentials = '', hosts = '', pathname = '', search = ''] = match ?? []
  if (!Object.hasOwn(KINDS, scheme.toLowerCase())) {
    throw new SettingsError(`${path} must be ${FORMS}; got '${redact(text)}'`)
  }
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(credentials) ?? []
  return {
    parts: { scheme: scheme.toLowerCase(), username, password, hosts: hosts.split(/[;,]/), pathname },
    query: new URLSearchParams(search),
  }
}

/**
 * What the parts of a URL name.
 *
 * @throws SettingsError for a host, port, name or database that can't be one.
 */
export function addressOf(parts: UrlParts, path: string): RedisAddress {
  const kind = KINDS[parts.scheme] ?? 'server'
  const login = {
    ...(parts.username === '' ? {} : { username: decode(parts.username) }),
    ...(parts.password === '' ? {} : { password: decode(parts.password) }),
    ...(parts.scheme === 'rediss' ? { tls: {} } : {}),
  }
  const hosts = parts.hosts.filter((host) => host !== '')
  if (kind === 'server' && hosts.length === 0 && !/^\/?\d*\/?$/.test(parts.pathname)) {
    return { kind, ...login, endpoints: [{ path: decode(parts.pathname) }] }
  }
  const port = kind === 'sentinel' ? 26379 : 6379
  const endpoints = (hosts.length === 0 ? ['localhost'] : hosts).map((host) => endpointOf(host, port, path))
  return { kind, ...login, endpoints, ...pathOf(kind, parts.pathname, path) }
}

/** What stands behind the hosts: a database, or a name and a database. */
function pathOf(kind: RedisAddress['kind'], pathname: string, path: string): { name?: string; db?: number } {
  const steps = pathname.split('/').filter((step) => step !== '')
  const name = kind === 'sentinel' ? decode(steps.shift() ?? '') : undefined
  if (name === '')
    throw new SettingsError(`${path}: redis+sentinel: needs the leader's name: //host;host/name`)
  const [db, ...rest] = steps
  if (rest.length > 0 || (db !== undefined && !/^\d{1,9}$/.test(db))) {
    throw new SettingsError(`${path}: the path must be a database's number; got '${redact(pathname)}'`)
  }
  return { ...(name === undefined ? {} : { name }), ...(db === undefined ? {} : { db: Number(db) }) }
}

function endpointOf(text: string, defaultPort: number, path: string): Endpoint {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? plain
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host !== undefined && port > 0 && port < 65_536) return { host, port }
  throw new SettingsError(`${path}: '${redact(text)}' is not a host, or host:port`)
}

/** A password with a bare % is taken as it is written. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A place as messages show it. */
export function showEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path
  return endpoint.host.includes(':')
    ? `[${endpoint.host}]:${endpoint.port}`
    : `${endpoint.host}:${endpoint.port}`
}
