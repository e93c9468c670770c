import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Allowed, faultsOf } from './sessions/compare.js'
import { runScenario } from './sessions/run-scenario.js'
import type { Recording, ScenarioDifference } from './sessions/scenario.js'

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
const recording: Recording = await read('sessions.json')
const { sessions }: { sessions: readonly ScenarioDifference[] } = await read('deliberate-differences.json')

const allowed: Allowed = {
  everywhere: recording.deliberateEverywhere,
  scenarios: [...recording.deliberate, ...sessions],
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe('visitors with sessions, sign-in, tokens, messages and cookies of their own', () => {
  it.each(recording.scenarios.map((scenario) => [`${scenario.id}: ${scenario.title}`, scenario] as const))(
    '%s',
    async (_title, scenario) => {
      const seen = await runScenario(scenario, recording.defaults)
      const faults = faultsOf(scenario, seen, allowed)
      expect(faults).toEqual({ foreign: [], otherContent: [], lifetimes: [], differences: [] })
    },
  )
})
