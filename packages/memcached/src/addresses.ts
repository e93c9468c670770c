import { refusal, SettingsError } from '@sitecache/core'
import type { MemcachedAddress } from './connection.js'

const DEFAULT_PORT = 11_211

/** `host`, `host:port` or `[IPv6]:port`. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+))(?::(\d{1,5}))?$/i

/**
 * The servers that are named: one, or several in a list, or in one text apart by ; or ,.
 *
 * @throws SettingsError for none, for what is none, and for one that is named twice.
 */
export function parseServers(servers: unknown): MemcachedAddress[] {
  const path = "memcachedStore()'s server"
  const names = typeof servers === 'string' ? servers.split(/[;,]/) : servers
  if (!Array.isArray(names) || names.length === 0) throw refusal(path, ALLOWED, servers)
  const addresses = names.map((name: unknown) => parseServer(name, path))
  const seen = new Set(addresses.map((address) => JSON.stringify(address)))
  if (seen.size < addresses.length) throw refusal(path, 'named once', servers)
  return addresses
}

const ALLOWED = "such as '10.0.0.1:11211' or '/run/memcached.sock', or several"

function parseServer(name: unknown, path: string): MemcachedAddress {
  if (typeof name !== 'string') throw refusal(path, ALLOWED, name)
  // What stands in front of an @ must not get into a message.
  if (name.includes('@'))
    throw new SettingsError(`${path} must have no user: see the options username and password`)
  const text = name.trim()
  if (text.startsWith('/')) return { path: text }
  const [, ipv6, host = ipv6, port = String(DEFAULT_PORT)] = HOST.exec(text) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw refusal(path, ALLOWED, name)
  return { host, port: Number(port) }
}
