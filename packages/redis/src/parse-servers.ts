import { refusal, SettingsError } from '@sitecache/core/store'
import { addressOf, type RedisAddress, splitUrl } from './addresses.js'
import { addressOfServer, type GivenOptions, type RedisServer, storeOptionsFromQuery } from './options.js'

/** A server: its URL, the path of its socket, or its parts. */
export type RedisLocation = string | RedisServer

/** Addresses of servers, and the options of the first one's URL or of the call. */
export interface RedisServers {
  /** The leader first. */
  readonly addresses: readonly RedisAddress[]
  readonly options: GivenOptions
}

/**
 * Parses servers. Options given in code outrank those in a URL.
 *
 * @param path names the function in errors
 * @throws SettingsError for a value that is no server
 */
export function parseServers(
  servers: RedisLocation | readonly RedisLocation[],
  given: GivenOptions,
  path: string,
): RedisServers {
  const all = listOf(servers).map((location) => read(location, given, path))
  const [first] = all
  if (first === undefined) throw refusal(path, 'a server, a list of servers, or a client of ioredis', servers)
  const addresses = all.map(({ address }) => address)
  if (all.length > 1 && addresses.some(({ kind }) => kind !== 'server')) {
    throw new SettingsError(
      `${path}: redis+sentinel: and redis+cluster: stand alone; name their hosts in one URL`,
    )
  }
  return { addresses, options: first.options }
}

/** Splits a list of whole URLs separated by commas, as an environment variable may hold. */
function listOf(servers: RedisLocation | readonly RedisLocation[]): readonly RedisLocation[] {
  if (typeof servers === 'string') return servers.split(/[;,]\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i)
  return isList(servers) ? servers.flatMap(listOf) : [servers]
}

function isList(servers: RedisLocation | readonly RedisLocation[]): servers is readonly RedisLocation[] {
  return Array.isArray(servers)
}

function read(
  location: RedisLocation,
  given: GivenOptions,
  path: string,
): { address: RedisAddress; options: GivenOptions } {
  if (typeof location !== 'string') return { address: addressOfServer(location, path), options: given }
  const { parts, query } = splitUrl(location.trim(), path)
  const options = { ...storeOptionsFromQuery(Object.fromEntries(query), path), ...given }
  return { address: addressOf(parts, path), options }
}
