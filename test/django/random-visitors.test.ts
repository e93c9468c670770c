import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import fc from 'fast-check'
import { type Faults, faultsOf } from './sessions/compare.js'
import { randomScenario } from './sessions/random-scenario.js'
import { runScenario, type SeenVisit } from './sessions/run-scenario.js'
import type { Recording, Scenario } from './sessions/scenario.js'

const file = new URL('fixtures/sessions.json', import.meta.url)
const { defaults }: Recording = JSON.parse(await readFile(file, 'utf8'))

afterEach(() => {
  jest.restoreAllMocks()
})

/**
 * Judges by the rules that hold whatever Django does: a visitor may be shown an older page only of
 * their own.
 */
function faults(scenario: Scenario, seen: readonly SeenVisit[]): Omit<Faults, 'differences'> {
  const golden = seen.map(({ observation }, index) => {
    const older = seen.slice(0, index).some((before, at) => isOlder(scenario, seen, index, at, before))
    return { ...observation, shows: older ? observation.shows : null, foreign: [] }
  })
  const { differences: _, ...rest } = faultsOf({ ...scenario, 'django-3.2': golden }, seen, {
    everywhere: [],
    scenarios: [],
  })
  return rest
}

function isOlder(
  { requests }: Scenario,
  seen: readonly SeenVisit[],
  index: number,
  at: number,
  before: SeenVisit,
): boolean {
  return (
    requests[at]?.as === requests[index]?.as &&
    requests[at]?.path === requests[index]?.path &&
    JSON.stringify(before.observation.shows) === JSON.stringify(seen[index]?.observation.shows)
  )
}

describe('whatever pages show, and whoever asks for them', () => {
  it('nobody is given what is another’s', async () => {
    await fc.assert(
      fc.asyncProperty(randomScenario, async (scenario) => {
        const seen = await runScenario(scenario, defaults)
        expect(faults(scenario, seen)).toEqual({ foreign: [], otherContent: [], lifetimes: [] })
      }),
      { numRuns: 25, ...whileThereIsTime },
    )
  })
})
