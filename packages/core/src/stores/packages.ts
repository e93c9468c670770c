import { createRequire } from 'node:module'
import { SettingsError } from '../errors.js'
import { isStore, type Store } from './store.js'
import type { InvalidationBus } from './tiered/invalidation-bus.js'

/** Type of `storeFromUrl`, which a package exports for its URL schemes. */
export type StoreFromUrl = (url: URL, options: StoreUrlOptions) => Store

/**
 * Type of `busFromUrl`, which such a package may export: makes the bus of the tiered store of a URL
 * with `near=memory`, from the same arguments.
 */
export type BusFromUrl = (url: URL, options: StoreUrlOptions) => InvalidationBus

/** Parts of a store's URL beside its first host and path. */
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
  postgresql: '@sitecache/sql',
  mysql: '@sitecache/sql',
  mariadb: '@sitecache/sql',
  sqlite: '@sitecache/sql',
}

/** URL schemes that packages handle. */
export const packageSchemes: readonly string[] = Object.keys(PACKAGES)

/** Exports of the package of a scheme. */
export interface StorePackage {
  readonly storeFromUrl: StoreFromUrl
  readonly busFromUrl: BusFromUrl | undefined
}

/** @throws SettingsError when the package is not installed, or too old. */
export function packageOf(scheme: string, path: string): StorePackage {
  const name = PACKAGES[scheme] ?? scheme
  const module = load(name, scheme, path)
  const make = functionOf<StoreFromUrl>(module, 'storeFromUrl')
  if (make === undefined) throw new SettingsError(`${path}: ${name} does not export storeFromUrl: update it`)
  const storeFromUrl: StoreFromUrl = (url, options) => {
    const store: unknown = make(url, options)
    if (!isStore(store)) throw new SettingsError(`${path}: ${name} did not make a store of this URL`)
    return store
  }
  return { storeFromUrl, busFromUrl: functionOf<BusFromUrl>(module, 'busFromUrl') }
}

function functionOf<F>(module: object, name: string): F | undefined {
  const value: unknown = Reflect.get(module, name)
  return typeof value === 'function' ? (value as F) : undefined
}

/** File of this module; none in a bundle of ES modules. */
const ownFile = typeof __filename === 'string' ? [__filename] : []

/** Loads a package from beside this one, or from the application, which has installed it. */
function load(name: string, scheme: string, path: string): object {
  for (const from of [...ownFile, `${process.cwd()}/package.json`]) {
    const require = createRequire(from)
    // Resolved apart: a package that is installed but broken must not be reported as "not
    // installed".
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
