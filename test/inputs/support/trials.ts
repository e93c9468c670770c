import { describe, expect, it } from '@jest/globals'
import { passSeconds } from '../../support/clock.js'
import { orders, policies } from './application.js'
import { type Leaky, Twins, type Whose } from './leaky.js'

const named = (applications: readonly Leaky[]) =>
  applications.map((leaky): [string, Leaky] => [leaky.name, leaky])

/** Visitors one after another, in both beginnings: a signed-in visitor fills the cache, or a stranger does. */
export function inTurn(applications: readonly Leaky[]): void {
  describe.each(named(applications))('%s', (_name, leaky) => {
    describe.each(policies)('policy %s', (policy) => {
      it.each(orders)('%s', async (order) => {
        const trial = { order, policy, lifetime: 60 }
        await inOrder(await Twins.start(leaky, trial), ['a', 'a', 'b', 'b'])
        const twins = await Twins.start(leaky, trial)
        await twins.expectShared()
        await inOrder(twins, ['a', 'b', 'stranger', 'a'])
      })
    })
  })
}

async function inOrder(twins: Twins, first: readonly Whose[]): Promise<void> {
  for (const whose of first) await twins.ask(whose)
  await twins.expectShared()
  await twins.ask('a')
}

/** Visitors at the same time: those who wait for a render must not be given another visitor's. */
export function atOnce(applications: readonly Leaky[]): void {
  describe.each(named(applications))('%s', (_name, leaky) => {
    it.each(orders)('%s', async (order) => {
      let open = () => {}
      let held = new Promise<void>((resolve) => {
        open = resolve
      })
      const twins = await Twins.start(leaky, { order, policy: 'django', lifetime: 60, gate: () => held })
      for (const path of ['/page', '/page?again']) {
        const all: Whose[] = path === '/page' ? ['a', 'b', 'stranger'] : ['stranger', 'b', 'a']
        await twins.askAtOnce(all, path, open)
        for (const whose of all) await twins.ask(whose, path)
        held = new Promise((resolve) => {
          open = resolve
        })
      }
    })
  })
}

/** Pages that turned stale: the render behind one visitor's stale page is not another's. */
export function whenStale(applications: readonly Leaky[]): void {
  describe.each(named(applications))('%s', (_name, leaky) => {
    describe.each(policies)('policy %s', (policy) => {
      it.each(orders)('%s', async (order) => {
        const twins = await Twins.start(leaky, { order, policy, lifetime: 1, stale: 60 })
        const all: Whose[] = ['a', 'b', 'stranger', 'b', 'a']
        for (const whose of all) await twins.ask(whose)
        for (let round = 0; round < 2; round += 1) {
          passSeconds(2)
          for (const whose of all) await twins.ask(whose)
        }
      })
    })
  })
}

/** Control of a table: without a cache its visitors see what is theirs, and strangers the same page where they are to share it. */
export function marked(applications: readonly Leaky[]): void {
  it.each(named(applications))('%s shows each visitor what is theirs', async (_name, leaky) => {
    const twins = await Twins.start(leaky, { order: 'none', policy: 'django', lifetime: 60 })
    for (const whose of ['a', 'b'] as const) {
      const { mark } = leaky[whose]
      const { text, headers } = await twins.ask(whose)
      if (mark !== undefined) expect(text + JSON.stringify(headers)).toContain(mark)
    }
    if (leaky.hits?.length === 0) return
    const [first, second] = [await twins.ask('stranger'), await twins.ask('stranger')]
    expect([first.status, first.text, first.headers['set-cookie']]).toEqual([200, second.text, undefined])
  })
}
