import { inspect } from 'node:util'
import { describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { atEnd } from '@sitecache/test-support/at-end'
import { whileThereIsTime } from '@sitecache/test-support/properties'
import { startRedis } from '@sitecache/test-support/servers/redis'
import fc from 'fast-check'
import { type StackSpec, stack } from './random/stack.js'
import { type Step, steps } from './random/steps.js'
import { makeStore } from './random/stores.js'
import { type Traits, visitors } from './random/visitors.js'
import { World } from './random/world.js'

/**
 * A longer run: `STACKS=2000 STACKS_SECONDS=600`. One again, as a failure prints it:
 * `STACKS_SEED=… STACKS_PATH=…`.
 */
const { STACKS, STACKS_SECONDS, STACKS_SEED, STACKS_PATH } = process.env

function howLong(runs: number, seconds: number) {
  return {
    ...whileThereIsTime,
    numRuns: Number(STACKS ?? runs),
    interruptAfterTimeLimit: Number(STACKS_SECONDS ?? seconds) * 1000,
    ...(STACKS_SEED !== undefined && { seed: Number(STACKS_SEED) }),
    ...(STACKS_PATH !== undefined && { path: STACKS_PATH }),
  }
}

let [stacks, hits] = [0, 0]

/** Runs the steps, and fails at the first with complaints. */
async function run(spec: StackSpec, traits: readonly Traits[], taken: readonly Step[], store: Store) {
  const world = new World(spec, traits, store)
  try {
    await world.open()
    for (const step of taken) {
      const complaints = await world.take(step).catch((error: unknown) => [inspect(error)])
      expect({ step, complaints }).toEqual({ step, complaints: [] })
    }
  } finally {
    stacks += 1
    hits += world.hits
    await world.close()
  }
}

const longest = Number(STACKS_SECONDS ?? 0) * 1000 + 60_000

describe('whatever a stack is made of, and whoever asks it for what', () => {
  it(
    'visitors are shown what is theirs, and nothing that was purged',
    async () => {
      jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const property = fc.asyncProperty(stack, visitors, steps, (spec, traits, taken) =>
        run(spec, traits, taken, makeStore(spec.store)),
      )
      await fc.assert(property, howLong(30, 30))
      // A slow machine may not come to one.
      expect(stacks < 30 || hits > 0).toBe(true)
    },
    longest,
  )

  it(
    'and so from Redis',
    async () => {
      jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const redis = await startRedis()
      atEnd(() => redis.stop())
      const property = fc.asyncProperty(stack, visitors, steps, (spec, traits, taken) =>
        run(spec, traits, taken, redisStore(redis.url)),
      )
      await fc.assert(property, howLong(5, 30))
    },
    longest,
  )
})
