import { describe, expect, it } from '@jest/globals'
import { passSeconds } from '../../support/clock.js'
import { orders } from './application.js'
import { type Leaky, Twins, type Whose } from './leaky.js'

const named = (applications: readonly Leaky[]) =>
  applications.map((leaky): [string, Leaky] => [leaky.name, leaky])

/** Each order under Django's rules; under RFC 9111 one with the look-up below the middlewares, and one on top of them. */
const layers = [
  ...orders.map((order) => [order, 'django'] as const),
  ['between', 'rfc9111'],
  ['withSiteCache', 'rfc9111'],
] as const

/** Visitors one after another, in both beginnings: a visitor with a name fills the cache, or a stranger does. */
export function inTurn(applications: readonly Leaky[]): void {
  describe.each(named(applications))('%s', (_name, leaky) => {
    it.each(layers)('%s, policy %s', async (order, policy) => {
      const twins = await Twins.start(leaky, { order, policy, lifetime: 60 })
      await askInTurn(twins, ['a', 'a', 'b', 'b'])
      await twins.expectShared()
      await askInTurn(twins, ['a'])
      await twins.expectShared('?other')
      await askInTurn(twins, ['a', 'b', 'stranger', 'a'], '?other')
    })
  })
}

async function askInTurn(twins: Twins, all: readonly Whose[], query = ''): Promise<void> {
  for (const whose of all) await twins.ask(whose, query)
}

/** Visitors at the same time: those who wait for a render must not be given another visitor's. */
export function atOnce(applications: readonly Leaky[]): void {
  describe.each(named(applications))('%s', (_name, leaky) => {
    it.each(['siteCache', 'between'] as const)('%s', async (order) => {
      let open = () => {}
      const held = new Promise<void>((resolve) => {
        open = resolve
      })
      const twins = await Twins.start(leaky, { order, policy: 'django', lifetime: 60, gate: () => held })
      await twins.askAtOnce(['a', 'b', 'stranger'], '', open)
      await askInTurn(twins, ['b', 'stranger', 'a'])
    })
  })
}

/** Pages that turned stale: the render behind one visitor's stale page is not another's. */
export function whenStale(applications: readonly Leaky[]): void {
  const two = [
    ['siteCache', 'django'],
    ['cachePage', 'rfc9111'],
  ] as const
  describe.each(named(applications))('%s', (_name, leaky) => {
    it.each(two)('%s, policy %s', async (order, policy) => {
      const twins = await Twins.start(leaky, { order, policy, lifetime: 1, stale: 60 })
      await askInTurn(twins, ['a', 'b', 'stranger'])
      passSeconds(2)
      await askInTurn(twins, ['b', 'a', 'stranger', 'b', 'a'])
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
