import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { SettingsError } from '@sitecache/core'
import * as own from '@sitecache/express'
import { loadFile } from '../config-file.js'

/** An application, and the functions of the `@sitecache/express` that it uses. */
export interface LoadedApplication {
  readonly app: RequestListener
  readonly explain: typeof own.explain
  readonly explainText: typeof own.explainText
}

/**
 * Loads the application that a file exports: by default, or as `app`.
 *
 * @throws SettingsError when it can't be loaded, or exports none
 */
export async function loadApplication(file: string, folder: string): Promise<LoadedApplication> {
  const exported = Object(await loadFile(file, folder))
  const inner = Object(exported.default)
  const app: unknown = [exported.default, exported.app, inner.default, inner.app].find(
    (one) => typeof one === 'function',
  )
  if (typeof app !== 'function')
    throw new SettingsError(
      `${file} must export the application, by default or as 'app': a function (req, res)`,
    )
  return { app: app as RequestListener, ...functionsFor(resolve(folder, file)) }
}

/** Another copy of the package knows nothing of the layers of this one. */
function functionsFor(path: string): Pick<LoadedApplication, 'explain' | 'explainText'> {
  try {
    const theirs: Partial<typeof own> = createRequire(path)('@sitecache/express')
    const { explain = own.explain, explainText = own.explainText } = theirs
    return { explain, explainText }
  } catch {
    return own
  }
}
