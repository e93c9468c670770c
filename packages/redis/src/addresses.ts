import type { ConnectionOptions } from 'node:tls'
import { redact, SettingsError } from '@sitecache/core/store'

/** Credentials and database of a connection. */
export interface Login {
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: ConnectionOptions | false
}

/** The address that a server listens on. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

/** Servers of a URL, without the options of its query string. */
export interface RedisAddress extends Login {
  readonly kind: 'server' | 'sentinel' | 'cluster'
  /** Servers, the leader first; sentinels; or some nodes of a Cluster. */
  readonly endpoints: readonly Endpoint[]
  /** Name of the leader, as the sentinels know it. */
  readonly name?: string
}

/** Parts of a URL with several hosts, which the URL class can't hold. */
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
 * Splits a URL into its parts and its query string.
 *
 * @throws SettingsError for a text of another form; credentials are not shown
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
 * Parses the parts of a URL.
 *
 * @throws SettingsError for an invalid host, port, name or database
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

/** Parses the path: a database, or a name and a database. */
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

/** Decodes percent-encoding; a text with a bare % is taken as written. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Formats an endpoint for messages. */
export function showEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path
  return endpoint.host.includes(':')
    ? `[${endpoint.host}]:${endpoint.port}`
    : `${endpoint.host}:${endpoint.port}`
}
