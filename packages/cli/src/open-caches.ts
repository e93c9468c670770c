import { type Caches, type CachesSettings, createCaches, SettingsError } from '@sitecache/core'
import { findConfig, loadConfig } from './config-file.js'
import type { RunContext } from './run-context.js'

/** Sources of settings that the operator may name. */
export interface SettingsOptions {
  /** URL of one cache, `default`. */
  readonly url?: string
  /** A file that exports the argument of createCaches. */
  readonly config?: string
}

/**
 * Opens the caches of the command: those of a URL, of the named file, of CACHE_URL, or of the
 * configuration file in the working directory, the first that is given.
 *
 * @throws SettingsError when there is none, or it is wrong
 */
export async function openCaches(options: SettingsOptions, context: RunContext): Promise<Caches> {
  const { url, config } = options
  if (url !== undefined && config !== undefined) throw new SettingsError('give a URL or --config, not both')
  if (url !== undefined) return createCaches({ default: url })
  if (config !== undefined) return cachesOf(await loadConfig(config, context.cwd))
  const fromEnvironment = context.env.CACHE_URL
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return createCaches({ default: fromEnvironment })
  const found = await findConfig(context.cwd)
  if (found !== undefined) return cachesOf(await loadConfig(found, context.cwd))
  throw new SettingsError(
    'which caches? Give --url, --config, the environment variable CACHE_URL, or a sitecache.config.js, .mjs or .ts in the working directory',
  )
}

/** A configuration file may also export the result of createCaches(). */
function cachesOf(exported: object): Caches {
  const has = (name: PropertyKey) => typeof Reflect.get(exported, name) === 'function'
  if (has('get') && has('close') && has(Symbol.iterator)) return exported as Caches
  return createCaches(exported as CachesSettings)
}
