import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { type Databases, kinds, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const FULL = 100_000
const SETS = 400
const value = Buffer.alloc(500, 'x')

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

const expiry = (i: number) => Date.now() + 600_000 + i

async function fill(store: Store, count: number): Promise<void> {
  for (let from = 0; from < count; from += 5000) {
    const keys = Array.from({ length: 5000 }, (_, i) => `k${from + i}`)
    expect(await store.setMany(new Map(keys.map((key) => [key, value])), expiry(from))).toEqual([])
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

describe.each(kinds)('a full table of 100,000 entries on %s', (kind) => {
  it('does not slow a set by more than twice', async () => {
    const { store: full } = await databases.store(kind, { maxEntries: FULL, timeoutMs: 30_000 })
    const { store: empty } = await databases.store(kind, { maxEntries: FULL, timeoutMs: 30_000 })
    await fill(full, FULL)
    // In turns, so that whatever else the machine does slows both.
    const times = { full: [] as number[], empty: [] as number[] }
    for (let i = 0; i < SETS; i += 1) {
      times.full.push(await timed(() => full.set(`new${i}`, value, expiry(i))))
      times.empty.push(await timed(() => empty.set(`new${i}`, value, expiry(i))))
    }
    expect((await full.stats()).entries).toBeGreaterThan(FULL / 2)
    expect(median(times.full)).toBeLessThan(2 * median(times.empty))
  }, 90_000)
})
