import { readFile, writeFile } from 'node:fs/promises'

const file = new URL('fixtures/baseline.json', import.meta.url)

/**
 * The tests that are known to pass: those that do in every mode, and those that do in some modes only.
 * @typedef {{ edition: string, everywhere: string[], only: Record<string, string[]> }} Baseline
 */

/** @returns {Promise<Baseline>} */
export async function readBaseline() {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Makes what passes now what has to pass from now on. */
export async function writeBaseline(edition, outcomes) {
  await writeFile(file, `${JSON.stringify(baselineOf(edition, outcomes), null, 2)}\n`)
}

/** @returns {Baseline} */
function baselineOf(edition, outcomes) {
  const names = Object.keys(outcomes)
  const everywhere = []
  const only = {}
  for (const id of Object.keys(outcomes[names[0]]).sort()) {
    const passing = names.filter((mode) => outcomes[mode][id] === true)
    if (passing.length === names.length) everywhere.push(id)
    else if (passing.length > 0) only[id] = passing
  }
  return { edition, everywhere, only }
}

/**
 * What passed before and doesn't now, and what passes now and didn't before. A test that was not run doesn't pass.
 *
 * @param {Baseline} baseline
 * @param {Record<string, Record<string, import('./suite.mjs').Outcome>>} outcomes by mode and test
 * @returns {{ kept: string[], lost: [id: string, mode: string][], won: [id: string, mode: string][] }}
 */
export function compare(baseline, outcomes) {
  const lost = []
  const won = []
  for (const [mode, results] of Object.entries(outcomes)) {
    const expected = expectedIn(baseline, mode)
    for (const id of expected) if (results[id] !== true) lost.push([id, mode])
    for (const [id, outcome] of Object.entries(results))
      if (outcome === true && !expected.has(id)) won.push([id, mode])
  }
  const gone = new Set(lost.map(([id]) => id))
  const all = new Set(Object.keys(outcomes).flatMap((mode) => [...expectedIn(baseline, mode)]))
  return { kept: [...all].filter((id) => !gone.has(id)), lost, won }
}

function expectedIn({ everywhere, only }, mode) {
  const here = Object.keys(only).filter((id) => only[id].includes(mode))
  return new Set([...everywhere, ...here])
}
