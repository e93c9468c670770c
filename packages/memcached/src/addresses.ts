import { type CheckedOptions, optionsFromQuery, refusal, SettingsError } from '@sitecache/core/store'
import type { MemcachedAddress } from './connection.js'
import { queryOptions } from './options.js'

const DEFAULT_PORT = 11_211

/** `host`, `host:port` or `[IPv6]:port`. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+))(?::(\d{1,5}))?$/i

const URL_PARTS = /^memcached:(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?/is

/** A URL among the servers, or a text apart by ; or , that holds whole URLs. */
const IS_URL = /^memcached:/i
const BETWEEN_URLS = /[;,]\s*(?=memcached:)/i

/** Servers, with the options and credentials of their URLs. */
export interface MemcachedServers {
  readonly addresses: readonly MemcachedAddress[]
  readonly options: CheckedOptions<typeof queryOptions> & { username?: string; password?: string }
}

/**
 * Parses servers: one, a list, or one text in which `;` or `,` separates them. Each may be a URL.
 *
 * @throws SettingsError for none, for a text that is no server, and for one that is named twice
 */
export function parseServers(servers: unknown): MemcachedServers {
  const names = typeof servers === 'string' ? servers.split(BETWEEN_URLS) : servers
  if (!Array.isArray(names) || names.length === 0) throw refusal(PATH, ALLOWED, servers)
  const parsed = names.map((name: unknown) => (isUrl(name) ? parseUrl(name) : parseNames(name)))
  const addresses = parsed.flatMap((each) => each.addresses)
  const seen = new Set(addresses.map((address) => JSON.stringify(address)))
  if (seen.size < addresses.length) throw new SettingsError(`${PATH} must be named once; one is named twice`)
  return { addresses, options: Object.assign({}, ...parsed.map(({ options }) => options)) }
}

const PATH = "memcachedStore()'s server"
const ALLOWED = "such as '10.0.0.1:11211', 'memcached://10.0.0.1' or '/run/memcached.sock', or several"

function isUrl(name: unknown): name is string {
  return typeof name === 'string' && IS_URL.test(name.trim())
}

function parseNames(name: unknown): MemcachedServers {
  const names = typeof name === 'string' ? name.split(/[;,]/) : [name]
  return { addresses: names.map(parseServer), options: {} }
}

function parseUrl(url: string): MemcachedServers {
  const [, login = '', hosts = '', path = '', search = ''] = URL_PARTS.exec(url.trim()) ?? []
  const names = hosts.split(/[;,]/).filter((host) => host !== '')
  const addresses = (names.length > 0 ? names : [decode(path)]).map(parseServer)
  const query = optionsFromQuery(
    Object.fromEntries(new URLSearchParams(search)),
    queryOptions,
    'memcachedStore()',
  )
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(login) ?? []
  const credentials = login === '' ? {} : { username: decode(username), password: decode(password) }
  return { addresses, options: { ...query, ...credentials } }
}

/** Decodes percent-encoding; a text with a bare % is taken as written. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parseServer(name: unknown): MemcachedAddress {
  if (typeof name !== 'string') throw refusal(PATH, ALLOWED, name)
  // A password before the @ must not get into a message.
  if (name.includes('@'))
    throw new SettingsError(`${PATH} must have no user: see the options username and password, or give a URL`)
  const text = name.trim()
  if (text.startsWith('/')) return { path: text }
  const [, ipv6, host = ipv6, port = String(DEFAULT_PORT)] = HOST.exec(text) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw refusal(PATH, ALLOWED, name)
  return { host, port: Number(port) }
}
