import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from './suite.mjs'

/**
 * What the suite's authors recorded of other shared caches, as it comes with the edition: older versions of those servers,
 * and without tests that came later.
 *
 * @returns {Promise<{ name: string, version: string, outcomes: Record<string, import('./suite.mjs').Outcome> }[]>}
 */
export async function recordedResults(folder) {
  const { default: listed } = await load(folder, 'results/index.mjs')
  const shared = listed.filter(({ type }) => type !== 'browser')
  return Promise.all(
    shared.map(async ({ file, name, version }) => {
      const outcomes = JSON.parse(await readFile(join(folder, 'results', file), 'utf8'))
      return { name, version, outcomes }
    }),
  )
}
