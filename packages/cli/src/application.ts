import type { RequestListener } from 'node:http'
import { Caches, SettingsError } from '@sitecache/core'
import { loadFile } from './config-file.js'

/** An application that a file exports, and the caches that it uses. */
export interface LoadedApplication {
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
export async function loadApplication(file: string, folder: string): Promise<LoadedApplication> {
  const exported = Object(await loadFile(file, folder))
  // The exports of a CommonJS file are a default that has these.
  const inner = Object(exported.default)
  const app = [exported.default, exported.app, inner.default, inner.app].find(isListener)
  if (app === undefined)
    throw new SettingsError(
      `${file} must export the application, by default or as 'app': a function (req, res)`,
    )
  const caches = [exported.caches, inner.caches].find((it) => it instanceof Caches)
  return { app, caches }
}

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function'
}
