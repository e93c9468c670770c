import { createRequire } from 'node:module'
import { compressFormat } from './compress/formats.js'
import { dummyStore } from './dummy-store.js'
import { SettingsError } from './errors.js'
import { memoryLimits, memoryStore } from './memory-store.js'
import { nearest, oneOf, text, timeout, wholeNumber } from './options.js'
import { optionsFromQuery } from './query-options.js'
import { redact } from './redact.js'
import { isStore, type Store } from './store.js'

/** What a package that knows a URL scheme exports as `storeFromUrl`. */
export type StoreFromUrl = (url: URL, options: StoreUrlOptions) => Store

/** What is in a store's URL beside its first host and path. */
export interface StoreUrlOptions {
  /** `host:port` of every server; a URL itself has room for one. */
  readonly hosts: readonly string[]
  /** The query string's other options, names in camelCase, values as written. */
  readonly query: Readonly<Record<string, string>>
}

const PACKAGES: Readonly<Record<string, string>> = {
  file: '@sitecache/file',
  redis: '@sitecache/redis',
  rediss: '@sitecache/redis',
  'redis+sentinel': '@sitecache/redis',
  'redis+cluster': '@sitecache/redis',
  memcached: '@sitecache/memcached',
  postgres: '@sitecache/sql',
  mysql: '@sitecache/sql',
  sqlite: '@sitecache/sql',
}

const OWN = ['memory', 'locmem', 'dummy']

/** What a query string may say of the cache; the rest is for its store. */
const cacheOptions = {
  timeout,
  keyPrefix: text,
  version: wholeNumber(),
  onError: oneOf('miss', 'throw'),
  compress: compressFormat,
}

/**
 * The settings that a URL spells: its store, and the settings of the cache in its query string.
 *
 * @throws SettingsError for what is no such URL, or whose package is not installed. Credentials are not shown.
 */
export function cacheFromUrl(given: string, path: string, now: () => number): object {
  const { scheme, url, hosts } = parseUrl(given, path)
  const all = [...url.searchParams].map(([name, value]): [string, string] => [camelCase(name), value])
  const ofCache = Object.fromEntries(all.filter(([name]) => Object.hasOwn(cacheOptions, name)))
  const query = Object.fromEntries(all.filter(([name]) => !Object.hasOwn(cacheOptions, name)))
  const cache = optionsFromQuery(ofCache, cacheOptions, path)
  if (scheme === 'dummy') return { ...cache, store: rejectQuery(query, path) ?? dummyStore() }
  if (OWN.includes(scheme)) {
    return {
      ...cache,
      store: memoryStore({ ...optionsFromQuery(query, memoryLimits, 'memoryStore()'), now }),
    }
  }
  return { ...cache, store: storeOfPackage(scheme, path)(url, { hosts, query }) }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function rejectQuery(query: Readonly<Record<string, string>>, path: string): undefined {
  const [name] = Object.keys(query)
  if (name !== undefined) throw new SettingsError(`${path}: a dummy store has no option ${name}`)
}

/** Several servers, apart by ; or ,, are more than a URL can hold: it keeps the first. */
function parseUrl(given: string, path: string): { scheme: string; url: URL; hosts: string[] } {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(given)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw new SettingsError(
      `${path} must be a URL such as 'memory:' or 'redis://127.0.0.1:6379/1'; got '${redact(given)}'`,
    )
  }
  if (!OWN.includes(scheme) && !Object.hasOwn(PACKAGES, scheme)) throw unknownScheme(scheme, path)
  const [, before = '', servers = '', after = ''] =
    /^([^:]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(given) ?? []
  const hosts = servers.split(/[;,]/).filter((host) => host !== '')
  const first = before === '' ? given : `${before}${hosts[0] ?? ''}${after}`
  if (!URL.canParse(first))
    throw new SettingsError(`${path} is not a URL that can be read: '${redact(given)}'`)
  return { scheme, url: new URL(first), hosts }
}

function unknownScheme(scheme: string, path: string): SettingsError {
  const known = [...OWN, ...Object.keys(PACKAGES)]
  const near = nearest(scheme, known)
  const hint = near === undefined ? '' : ` Did you mean ${near}:?`
  return new SettingsError(`${path}: unknown scheme '${scheme}:'.${hint} Known: ${known.join(', ')}`)
}

function storeOfPackage(scheme: string, path: string): StoreFromUrl {
  const name = PACKAGES[scheme] ?? scheme
  const make: unknown = Reflect.get(load(name, scheme, path), 'storeFromUrl')
  if (typeof make !== 'function')
    throw new SettingsError(`${path}: ${name} does not export storeFromUrl: update it`)
  return (url, options) => {
    const store: unknown = make(url, options)
    if (!isStore(store)) throw new SettingsError(`${path}: ${name} did not make a store of this URL`)
    return store
  }
}

/** From beside this package, or from the application, which is what installed it. */
function load(name: string, scheme: string, path: string): object {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    const require = createRequire(from)
    // Apart from the loading: what is installed but broken must not be told as "not installed".
    if (canResolve(require, name)) return require(name)
  }
  throw new SettingsError(`${path}: '${scheme}:' needs the package ${name}: npm install ${name}`)
}

function canResolve(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
