import type { RequestListener } from 'node:http'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Caches, SettingsError } from '@sitecache/core'

/** An application that is tried, and the caches that it uses. */
export interface TriedApplication {
  readonly app: RequestListener
  /** Undefined: the process-wide ones. */
  readonly caches: Caches | undefined
}

/**
 * Loads a file that exports an application, by default or as `app`, and its caches as `caches`
 * where they are not the process-wide ones.
 *
 * @throws SettingsError when it can't be loaded, or exports none
 */
export async function loadApplication(file: string, folder: string): Promise<TriedApplication> {
  const exported = await load(file, folder)
  const inner = fieldsOf(exported.default)
  const app = [exported.default, exported.app, inner.default, inner.app].find(isListener)
  if (app === undefined)
    throw new SettingsError(
      `${file} must export an application, by default or as 'app': a function such as that of express()`,
    )
  const caches = [exported.caches, inner.caches].find((it) => it instanceof Caches)
  return { app, caches }
}

async function load(file: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(folder, file)).href)
  } catch (error) {
    if (error instanceof SettingsError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SettingsError(`${file} could not be loaded: ${reason}`, { cause: error })
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isFields = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isFields ? (value as Readonly<Record<string, unknown>>) : {}
}

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function'
}
