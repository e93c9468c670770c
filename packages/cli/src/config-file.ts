import { access } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SettingsError } from '@sitecache/core'

const NAMES = ['sitecache.config.js', 'sitecache.config.mjs', 'sitecache.config.ts']

/** Finds the configuration file of a folder. */
export async function findConfig(folder: string): Promise<string | undefined> {
  for (const name of NAMES) if (await isThere(resolve(folder, name))) return name
  return undefined
}

/**
 * Loads a configuration file; returns its export `caches`, or its default.
 *
 * @throws SettingsError when it can't be loaded, or has neither
 */
export async function loadConfig(file: string, folder: string): Promise<object> {
  const found = settingsIn(await loadFile(file, folder))
  if (isObject(found)) return found
  throw new SettingsError(
    `${basename(file)} must export, by default or as 'caches', an object of caches' settings by alias`,
  )
}

/**
 * Loads a module; returns its exports.
 *
 * @throws SettingsError when it can't be loaded
 */
export async function loadFile(file: string, folder: string): Promise<unknown> {
  const path = resolve(folder, file)
  const name = basename(path)
  if (!(await isThere(path))) throw new SettingsError(`there is no file ${file}`)
  if (/\.[cm]?ts$/.test(name) && !stripsTypes()) {
    throw new SettingsError(
      `${name} is TypeScript, which this version of Node (${process.version}) can not run: write JavaScript (.mjs), or use Node 22.18 or later`,
    )
  }
  return load(path, name)
}

/**
 * Finds the settings in a module's exports: its default, else `caches`. The exports of a CommonJS
 * file are a default that has these two.
 */
function settingsIn(exported: unknown): unknown {
  const { default: own, caches } = fieldsOf(exported)
  const inner = fieldsOf(own)
  if (inner.__esModule === true) return inner.default ?? inner.caches
  const isCommonJs = isObject(inner.caches) && (inner.caches === caches || isOnly(own, inner.caches))
  if (isCommonJs) return inner.caches
  return isObject(own) ? own : caches
}

/** Tells `exports.caches` that Node did not recognise from settings of a cache called 'caches'. */
function isOnly(own: unknown, caches: object): boolean {
  return Object.keys(Object(own)).length === 1 && !('store' in caches)
}

function fieldsOf(value: unknown): {
  readonly default?: unknown
  readonly caches?: unknown
  readonly __esModule?: unknown
} {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

async function load(path: string, name: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    // A wrong setting in it keeps its own message.
    if (error instanceof SettingsError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SettingsError(`${name} could not be loaded: ${reason}`, { cause: error })
  }
}

function stripsTypes(): boolean {
  return Boolean(Reflect.get(process.features, 'typescript'))
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
