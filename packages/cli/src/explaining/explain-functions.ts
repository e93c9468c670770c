import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import * as own from '@sitecache/express'

/**
 * Returns the functions of the `@sitecache/express` that an application's file uses: another copy
 * of the package knows nothing of its layers.
 */
export function explainFunctionsFor(
  file: string,
  folder: string,
): Pick<typeof own, 'explain' | 'explainText'> {
  try {
    const theirs: Partial<typeof own> = createRequire(resolve(folder, file))('@sitecache/express')
    const { explain = own.explain, explainText = own.explainText } = theirs
    return { explain, explainText }
  } catch {
    return own
  }
}
