import type { ConnectionOptions } from 'node:tls'
import {
  type CheckedOptions,
  checkOptions,
  flag,
  func,
  milliseconds,
  type OptionParser,
  optionsFromQuery,
  refusal,
  SettingsError,
  text,
  wholeNumber,
} from '@sitecache/core/store'
import type { Login, RedisAddress } from './addresses.js'

/** Credentials of a store, and how long it waits for its servers. */
export interface RedisStoreOptions {
  /** Longest that an operation is waited for, in milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** Outranks the one in the URL. @default none */
  readonly username?: string
  readonly password?: string
  /** Number of the database; a Cluster has only 0. @default 0 */
  readonly db?: number
  /**
   * Encrypts: true, or options of `tls.connect` such as `ca`. @default false; with `rediss:` true
   */
  readonly tls?: boolean | ConnectionOptions
  /** Credentials of the sentinels, which are separate. @default none */
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  /** Whether `close()` disconnects a client that the application made. @default false */
  readonly closeClient?: boolean
}

/** Options of a bus beside those of a store. */
export interface BusOnlyOptions {
  /** @default 'sitecache:invalidations:' and the database's number */
  readonly channel?: string
  /**
   * Called when messages can't be received, once until they are again. @default a process warning,
   * SITECACHE_BUS
   */
  readonly onError?: (error: Error) => void
}

/** Options of a bus. */
export type RedisBusOptions = RedisStoreOptions & BusOnlyOptions

/** A server by its parts, in place of a URL. */
export interface RedisServer {
  /** @default 'localhost' */
  readonly host?: string
  /** @default 6379 */
  readonly port?: number
  /** A Unix socket, in place of host and port. */
  readonly path?: string
  readonly username?: string
  readonly password?: string
  /** @default 0 */
  readonly db?: number
  /** @default false */
  readonly tls?: boolean | ConnectionOptions
}

/** Default of `timeoutMs`, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 250

const tls: OptionParser<ConnectionOptions | false> = (value, path) => {
  if (typeof value === 'boolean') return value ? {} : false
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw refusal(path, 'true, false or options of tls.connect', value)
}

/** Parses a password, which errors never show. */
const secret: OptionParser<string> = (value, path) => {
  if (typeof value === 'string') return value
  throw refusal(path, 'a string', typeof value)
}

const login = { username: text, password: secret, db: wholeNumber(0), tls }

const schema = {
  ...login,
  timeoutMs: milliseconds(),
  sentinelUsername: text,
  sentinelPassword: secret,
  closeClient: flag,
}

/** Options of a store as they were given, each checked. */
export type GivenOptions = CheckedOptions<typeof schema>

/**
 * The options of a store, checked.
 *
 * @throws SettingsError for one that is unknown, or whose value is not allowed.
 */
export function checkStoreOptions(options: unknown, path: string): GivenOptions {
  return checkOptions(options, schema, path)
}

/**
 * The options of a bus, checked.
 *
 * @throws SettingsError for one that is unknown, or whose value is not allowed.
 */
export function checkBusOptions(options: unknown, path: string): GivenOptions & BusOnlyOptions {
  return checkOptions(options, { ...schema, channel: text, onError: func<(error: Error) => void>() }, path)
}

/** As `checkStoreOptions`, of a query string. */
export function storeOptionsFromQuery(query: Readonly<Record<string, string>>, path: string): GivenOptions {
  return optionsFromQuery(query, schema, path)
}

/**
 * A server given by its parts, as an address.
 *
 * @throws SettingsError for a part that is unknown, or whose value is not allowed.
 */
export function addressOfServer(server: unknown, path: string): RedisAddress {
  const parts = { host: text, port: wholeNumber(1), path: text, ...login }
  // Usually an environment variable that is not set.
  if (server === undefined) throw refusal(path, 'a server, a list of servers, or a client of ioredis', server)
  const given = checkOptions(server, parts, path)
  const { host = 'localhost', port = 6379 } = given
  if (port > 65_535) throw refusal(`${path}.port`, 'a port', port)
  const endpoint = given.path === undefined ? { host, port } : { path: given.path }
  return { kind: 'server', endpoints: [endpoint], ...loginOf(given) }
}

/** Picks the credentials of options; those that are missing may stand in the address. */
export function loginOf({ username, password, db, tls }: GivenOptions): Login {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/**
 * Refuses options that say how to connect, where a client is given that is connected already.
 *
 * @throws SettingsError naming the option
 */
export function refuseConnectionOptions(given: GivenOptions, path: string): void {
  const { timeoutMs: _, closeClient: __, ...others } = given
  const [name] = Object.keys(others)
  if (name === undefined) return
  throw new SettingsError(
    `${path}.${name} has no effect on a client that is given: set it where the client is made`,
  )
}
