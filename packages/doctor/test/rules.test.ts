import { describe, expect, it } from '@jest/globals'
import { keySeeds } from './seeds/keys.js'
import { storeSeeds } from './seeds/stores.js'
import { storingSeeds } from './seeds/storing.js'
import { setSeconds } from './support/clock.js'
import { type Outcome, replay } from './support/replay.js'

const seeds = [...keySeeds, ...storingSeeds, ...storeSeeds]

describe.each(seeds.map((seed) => [seed.rule, seed] as const))('the rule %s', (rule, seed) => {
  it('is the only one that fires, and estimates what its fix brings', async () => {
    const before = await replay(await seed.site(false), seed.load, seed.from)
    expect([...new Set(before.findings.map((found) => found.rule))]).toEqual([rule])
    const [finding] = before.findings
    expect(finding?.fix.code).toContain(seed.fix)
    setSeconds(0)
    const after = await replay(await seed.site(true), seed.load, seed.from)
    const estimated = sum(before.findings.map(({ estimate }) => estimate.requestsPerHour)) * before.hours
    const gained = gainOf(before, after)
    expect(Math.abs(estimated - gained)).toBeLessThanOrEqual(Math.max(2, Math.abs(gained) * 0.1))
    if (seed.sparesWork === true) {
      const spared = sum(before.findings.map(({ estimate }) => estimate.secondsPerHour)) * before.hours
      const waited = before.seconds - after.seconds
      expect(waited).toBeGreaterThan(0)
      expect(Math.abs(spared - waited)).toBeLessThanOrEqual(waited * 0.1)
    }
    const left = after.findings.map((found) => found.rule)
    expect(left).toEqual(seed.isForInformation === true ? [rule] : [])
  })
})

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

/** Look-ups that have become hits, of as many as there were. */
function gainOf(before: Outcome, after: Outcome): number {
  return (after.hits / after.lookUps - before.hits / before.lookUps) * before.lookUps
}
