import { readFile } from 'node:fs/promises'

const file = new URL('fixtures/deliberate-differences.json', import.meta.url)

/**
 * The tests that fail on purpose, in the edition on the registry, by their reasons.
 * @returns {Promise<{ reason: string, tests: string[] }[]>}
 */
export async function deliberateDifferences() {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Those among them that pass in all modes: they don't differ any more, and must not stand there. */
export function outdated(differences, outcomes) {
  const passes = (id) => Object.values(outcomes).every((results) => results[id] === true)
  return differences.flatMap(({ tests }) => tests).filter(passes)
}
