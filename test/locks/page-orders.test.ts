import type { RequestListener } from 'node:http'
import { beforeEach, expect, it, jest } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { ask } from '@sitecache/test-support/ask'
import '@sitecache/test-support/clock'
import { serve } from '@sitecache/test-support/serve'
import { TurnStore } from '@sitecache/test-support/turn-store'
import express from 'express'
import fc from 'fast-check'

/** Two processes over one store, and the renders of their handler: one line for each, by X-Kind. */
class World {
  readonly store = new TurnStore()
  readonly rendered: string[] = []
  readonly #varies: boolean

  constructor(varies: boolean) {
    this.#varies = varies
  }

  process(): RequestListener {
    const { store, rendered } = this
    const caches = createCaches({ default: { store, keyPrefix: 'orders' } })
    const app = express().use(siteCache({ caches, lock: true, lockTimeout: 20 }))
    return app.get('/:name', (req, res) => {
      const kind = this.#varies ? req.get('X-Kind') : 'any'
      rendered.push(`${kind}`)
      const page = `${kind} ${rendered.length}`
      setImmediate(() => res.send(page))
    })
  }
}

/** After how many operations of the store a request comes, whose process it asks, and of what kind it is. */
const arrival = fc.record({
  after: fc.nat({ max: 40 }),
  process: fc.nat({ max: 1 }),
  kind: fc.constantFrom('a', 'b'),
})

type Arrival = typeof arrival extends fc.Arbitrary<infer T> ? T : never

/** @returns kind and body of each answer */
async function play(world: World, arrivals: readonly Arrival[], pick: () => number): Promise<string[]> {
  const urls = [await serve(world.process()), await serve(world.process())]
  const come = ({ process, kind }: Arrival) => ask(`${urls[process]}/cold`, { 'X-Kind': kind })
  const waiting = arrivals.map((one) => {
    let begin = (): void => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    return { after: one.after, begin: () => begin(), answer: begun.then(() => come(one)) }
  })
  const first = come({ after: 0, process: 0, kind: 'a' })
  void first.then(() => waiting.forEach((one) => void one.begin()))
  let turns = 0
  const asked = Promise.all([first, ...waiting.map(({ answer }) => answer)])
  const answers = await world.store.play(asked, () => {
    turns += 1
    for (const one of waiting) if (one.after <= turns) one.begin()
    return pick()
  })
  const kinds = ['a', ...arrivals.map(({ kind }) => kind)]
  return answers.map(({ status, body }, i) => `${kinds[i]} ${status} ${body}`)
}

// Leases count the time that has passed, and none does: no lock runs out on a slow machine.
beforeEach(() => {
  const now = performance.now()
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})

it.each([
  ['a cold page', false],
  ['each variant of a cold page', true],
])('renders %s once, whatever the order of what two processes ask of their store', async (_, varies) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 2, maxLength: 12 }),
      fc.infiniteStream(fc.nat({ max: 1000 })),
      async (arrivals, picks) => {
        const world = new World(varies)
        const answers = await play(world, arrivals, () => picks.next().value ?? 0)
        expect(world.rendered).toEqual([...new Set(world.rendered)])
        for (const answer of answers) expect(answer).toMatch(varies ? /^(.) 200 \1 \d$/ : / 200 any 1$/)
      },
    ),
    { numRuns: 40 },
  )
})
