import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * What the public HTTP cache test suite calls a test.
 * @typedef {{ id: string, name: string, kind?: string, depends_on?: string[], browser_only?: boolean, requests: object[] }} Test
 *
 * What it says of one: it passed, or a kind of failure and the reason.
 * @typedef {true | [kind: string, reason: string]} Outcome
 */

/** Kinds of test, in the suite's words, and what they are called here. */
export const kinds = { required: 'required', optimal: 'optional', check: 'check' }

/** Where the edition on the registry lies. */
export const installedSuite = dirname(createRequire(import.meta.url).resolve('http-cache-tests/package.json'))

/** Loads a file of the suite. */
export function load(folder, file) {
  return import(pathToFileURL(join(folder, file)).href)
}

/** The version of an edition. */
export async function edition(folder) {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return String(version)
}

/**
 * The groups of tests that say something about a shared cache: those for browsers only are left out, as the suite's own
 * command line does.
 *
 * @param only names of tests; none: all of them
 * @throws Error naming those that the suite doesn't have
 */
export async function groups(folder, only = []) {
  const { default: listed } = await load(folder, 'tests/index.mjs')
  const all = [...listed]
  // The suite's command line adds this group by itself; later editions don't have it any more.
  const surrogate = await load(folder, 'tests/surrogate-control.mjs').catch(() => undefined)
  if (surrogate !== undefined && !all.includes(surrogate.default)) all.push(surrogate.default)
  const chosen = all.map((group) => ({
    ...group,
    tests: group.tests.filter(
      (test) => test.browser_only !== true && (only.length === 0 || only.includes(test.id)),
    ),
  }))
  const found = new Set(chosen.flatMap(({ tests }) => tests.map(({ id }) => id)))
  const unknown = only.filter((id) => !found.has(id))
  if (unknown.length > 0) throw new Error(`The suite has no test ${unknown.join(', ')}`)
  return chosen.filter(({ tests }) => tests.length > 0)
}

/** All tests of some groups, each with its kind. */
export function testsOf(chosen) {
  return chosen.flatMap(({ tests }) => tests.map((test) => ({ ...test, kind: test.kind ?? 'required' })))
}

/** The client that the suite's command line runs on, from where the suite finds it. */
export async function suiteFetch(folder) {
  const resolved = createRequire(join(folder, 'package.json')).resolve('node-fetch')
  const { default: fetch } = await import(pathToFileURL(resolved).href)
  return fetch
}
