import { describe, expect, it } from '@jest/globals'
import type { Link } from './push-peers.js'
import { PushPeers } from './push-peers.js'

/** Processes on one bus, whose clock stands still but for `pass`. */
function processes(...ids: readonly string[]) {
  let time = 1_000_000
  const listeners = new Set<(message: string) => void>()
  const link: Link = {
    by: 'bus',
    async send(message) {
      for (const listener of listeners) listener(message)
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const all = ids.map((id) => new PushPeers(id, link, () => time))
  const pass = (ms: number): void => {
    time += ms
  }
  return { all, link, pass, listeners }
}

describe('processes that tell each other their figures', () => {
  it('do so while one of them wants them', async () => {
    const { all, pass } = processes('a', 'b')
    const [a, b] = all
    let wanted = 0
    if (b !== undefined) b.onWanted = () => void wanted++
    expect(b?.isWanted).toBe(false)
    await a?.others()
    expect([b?.isWanted, wanted, a?.isWanted]).toEqual([true, 1, false])
    await b?.tell('figures of b')
    expect(await a?.others()).toEqual(['figures of b'])
    pass(8000)
    expect(b?.isWanted).toBe(false)
  })

  it('forget one that says nothing more within 15 seconds, as it was killed', async () => {
    const { all, pass } = processes('a', 'b', 'c')
    const [a, b, c] = all
    await b?.tell('figures of b')
    await c?.tell('figures of c')
    pass(9000)
    await c?.tell('figures of c, later')
    expect(await a?.others()).toEqual(['figures of b', 'figures of c, later'])
    pass(5000)
    expect(await a?.others()).toEqual(['figures of c, later'])
  })

  it('ask again, and forget who is silent, when the clock was set back', async () => {
    const { all, pass } = processes('a', 'b')
    const [a, b] = all
    await b?.tell('figures of b')
    await a?.others()
    pass(-60 * 60_000)
    expect([await a?.others(), b?.isWanted]).toEqual([[], true])
  })

  it('forget one at once that ends in order, and hear nothing once they have ended', async () => {
    const { all, listeners } = processes('a', 'b')
    const [a, b] = all
    await b?.tell('figures of b')
    await b?.close()
    expect(await a?.others()).toEqual([])
    await a?.close()
    expect(listeners.size).toBe(0)
  })

  it('keep no more than 64 of them, and nothing of other messages', async () => {
    const { all, link } = processes('a')
    const message = (from: unknown, text: unknown) =>
      JSON.stringify({ 'sitecache:dashboard': 1, from, kind: 'figures', text })
    for (let i = 0; i < 200; i += 1) await link.send(message(`p${i}`, `${i}`))
    await link.send(message(7, 'x'))
    await link.send(message('x', 7))
    await link.send(message('long', 'x'.repeat(100_000)))
    await link.send(JSON.stringify({ v: 1, from: 'tiered', keys: [] }))
    await link.send('{"sitecache:dashboard":1,')
    expect(await all[0]?.others()).toHaveLength(64)
  })
})
